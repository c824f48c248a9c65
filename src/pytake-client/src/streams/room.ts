import type { Hub } from "../connection/hub.js";
import { HubMethod, type Joined, type Message } from "../events.js";
import { countIn, numberIn } from "../session/http.js";
import { hasMore, PAGE, type Feed, type FeedOptions, type Get } from "./feed.js";
import { KnownMessages, type MessageChange, type MessageEvent } from "./messageChanges.js";
import { Subscription } from "./subscription.js";

/** Why a conversation was not joined, or is no longer, in the server's words. */
export class JoinError extends Error {
  constructor(
    readonly conversationId: string,
    message: string,
  ) {
    super(message);
    this.name = "JoinError";
  }
}

export interface MessageQuery {
  /** The page before the message with this `seq`; default the newest. */
  before?: number;
  /** 1 to 100, which is the default. */
  limit?: number;
}

export interface MessagePage {
  /** In ascending order. */
  messages: Message[];
  /** The conversation's number at the time of the page: changes after it are handed out by the callbacks. */
  lastSeq: number;
  total: number;
  /** There may be earlier ones. A page may be shorter than its limit, where messages are large. */
  more: boolean;
}

export interface RoomOptions extends Pick<FeedOptions<MessageEvent>, "changed" | "random"> {
  get: Get;
  emit: (change: MessageChange) => void;
  /** The server refuses the room for good. `lost`: it was joined before, so there is no `join` to reject. */
  refused: (room: Room, error: JoinError, lost: boolean) => void;
}

/** One conversation that the application follows, through any number of connections. */
export class Room {
  readonly id: string;
  readonly #known = new KnownMessages();
  readonly #options: RoomOptions;
  readonly #path: string;
  readonly #subscription: Subscription<MessageEvent, Joined>;

  /** @param afterSeq the number up to which the application has everything; default: the number at the join. */
  constructor(id: string, afterSeq: number | undefined, options: RoomOptions) {
    this.id = id;
    this.#options = options;
    this.#path = `/api/v1/conversations/${id}/messages`;
    this.#subscription = new Subscription<MessageEvent, Joined>({
      ...options,
      call: (hub, after) =>
        hub.invoke(HubMethod.JoinConversation, {
          conversation_id: id,
          ...(after === undefined ? {} : { after_seq: after }),
        }),
      numberOf: ({ last_seq }) => last_seq,
      check: () => options.get(this.#path, { limit: 1 }),
      ask: async (after, signal) => {
        const query = { changed_after: after, limit: PAGE };
        const { body, headers } = await options.get<Message[]>(this.#path, query, signal);
        return {
          entries: body.map((message) => ({ seq: message.seq, value: { kind: "message", message } })),
          more: hasMore(headers, body),
        };
      },
      handOut: (events) => {
        for (const event of events) this.#known.changes(event, this.feed.start).forEach((change) => this.#emit(change));
      },
      refused: (words, lost) => {
        this.close(words);
        options.refused(this, new JoinError(id, words), lost);
      },
    });
    if (afterSeq !== undefined) this.feed.startAt(afterSeq);
  }

  get feed(): Feed<MessageEvent> {
    return this.#subscription.feed;
  }

  get joined(): Promise<Joined> {
    return this.#subscription.answered;
  }

  /** Connected, but some of what was missed has not been handed out yet. */
  get busy(): boolean {
    return this.#subscription.busy;
  }

  load(query: MessageQuery): Promise<MessagePage> {
    return this.feed.load(
      async () => {
        const { body, headers } = await this.#options.get<Message[]>(this.#path, query);
        this.#known.add(body);
        return {
          messages: body,
          lastSeq: numberIn(headers, "X-Last-Seq"),
          total: countIn(headers, body),
          more: hasMore(headers, body, query.limit),
        };
      },
      (page) => page.lastSeq,
    );
  }

  connected(hub: Hub): void {
    this.#subscription.connected(hub);
  }

  disconnected(): void {
    this.#subscription.disconnected();
  }

  close(reason: string): void {
    this.#subscription.close(new JoinError(this.id, reason));
  }

  /** A callback may have left the room while changes of it were being handed out. */
  #emit(change: MessageChange): void {
    if (!this.#subscription.over) this.#options.emit(change);
  }
}
