import { backoff } from "../backoff.js";
import { refusal, type Hub } from "../connection/hub.js";
import { Deferred } from "../deferred.js";
import { HubMethod, type Joined, type Message } from "../events.js";
import { countIn, numberIn, RestError, type Answer } from "../session/http.js";
import { Feed, PAGE, type FeedOptions } from "./feed.js";
import { KnownMessages, type MessageChange, type MessageEvent } from "./messageChanges.js";

/**
 * A join may be refused for a moment only, because of a rate limit or because the database is away. After this many
 * refusals in a row the room is given up.
 */
const REFUSALS = 10;

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
}

export interface RoomOptions extends Pick<FeedOptions<MessageEvent>, "changed" | "random"> {
  get: <T>(path: string, query: object, signal?: AbortSignal) => Promise<Answer<T>>;
  emit: (change: MessageChange) => void;
  /** The server refuses the room for good. `lost`: it was joined before, so there is no `join` to reject. */
  refused: (room: Room, error: JoinError, lost: boolean) => void;
}

/** One conversation that the application follows, through any number of connections. */
export class Room {
  readonly id: string;
  readonly joined = new Deferred<Joined>();
  readonly feed: Feed<MessageEvent>;
  readonly #known = new KnownMessages();
  readonly #options: RoomOptions;
  readonly #path: string;
  #hub: Hub | undefined;
  #wasJoined = false;
  #complete = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  /** @param afterSeq the number up to which the application has everything; default: the number at the join. */
  constructor(id: string, afterSeq: number | undefined, options: RoomOptions) {
    this.id = id;
    this.#options = options;
    this.#path = `/api/v1/conversations/${id}/messages`;
    this.feed = new Feed<MessageEvent>({
      ...options,
      ask: async (after, signal) => {
        const { body } = await options.get<Message[]>(this.#path, { changed_after: after, limit: PAGE }, signal);
        return body.map((message) => ({ seq: message.seq, value: { kind: "message", message } }));
      },
      handOut: (events) => {
        for (const event of events) this.#known.changes(event, this.feed.start).forEach((change) => this.#emit(change));
      },
      refused: (error) => this.#refuse(error.message),
    });
    if (afterSeq !== undefined) this.feed.startAt(afterSeq);
  }

  /** Connected, but some of what was missed has not been handed out yet. */
  get busy(): boolean {
    return this.#hub !== undefined && ((this.#wasJoined && !this.#complete) || this.feed.busy);
  }

  load(query: MessageQuery): Promise<MessagePage> {
    return this.feed.load(
      async () => {
        const { body, headers } = await this.#options.get<Message[]>(this.#path, query);
        this.#known.add(body);
        return { messages: body, lastSeq: numberIn(headers, "X-Last-Seq"), total: countIn(headers, body) };
      },
      (page) => page.lastSeq,
    );
  }

  connected(hub: Hub): void {
    clearTimeout(this.#timer);
    this.#hub = hub;
    this.#complete = false;
    this.#failures = 0;
    void this.#enter(hub);
  }

  disconnected(): void {
    this.#hub = undefined;
    clearTimeout(this.#timer);
    this.feed.suspend();
  }

  close(reason: string): void {
    this.#over = true;
    this.disconnected();
    this.joined.reject(new JoinError(this.id, reason));
  }

  async #enter(hub: Hub): Promise<void> {
    const after = this.feed.position;
    try {
      const answer = await hub.invoke<Joined>(HubMethod.JoinConversation, {
        conversation_id: this.id,
        ...(after === undefined ? {} : { after_seq: after }),
      });
      if (this.#hub !== hub) return;
      this.#failures = 0;
      this.#wasJoined = true;
      this.feed.resume();
      this.feed.learn(answer.last_seq);
      this.joined.resolve(answer);
    } catch (error) {
      if (this.#hub === hub) this.#failed(hub, refusal(error));
      return;
    }
    await this.feed.settled();
    if (this.#hub !== hub) return;
    this.#complete = true;
    this.#options.changed();
  }

  #failed(hub: Hub, words: string | undefined): void {
    this.#failures++;
    if (words !== undefined && this.#failures > REFUSALS) return this.#refuse(words);
    this.#timer = setTimeout(() => void this.#enter(hub), backoff(this.#failures, this.#options.random));
    // The REST API says whether there is no such conversation, and has the changes that are missed meanwhile.
    this.feed.resume();
    this.feed.catchUp();
    if (words !== undefined && this.feed.position === undefined && this.#failures === 1) void this.#checkThatItExists();
  }

  async #checkThatItExists(): Promise<void> {
    try {
      await this.#options.get(this.#path, { limit: 1 });
    } catch (error) {
      if (!this.#over && error instanceof RestError && error.final) this.#refuse(error.message);
    }
  }

  #refuse(words: string): void {
    this.close(words);
    this.#options.refused(this, new JoinError(this.id, words), this.#wasJoined);
  }

  /** A callback may have left the room while changes of it were being handed out. */
  #emit(change: MessageChange): void {
    if (!this.#over) this.#options.emit(change);
  }
}
