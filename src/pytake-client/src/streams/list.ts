import type { Conversation, ConversationUpdated } from "../events.js";
import { countIn, numberIn, type Answer } from "../session/http.js";
import { Feed, PAGE, type FeedOptions } from "./feed.js";

const PATH = "/api/v1/conversations";

export interface ConversationQuery {
  status?: string;
  assigned_to_me?: boolean;
  /** Only those that are assigned to nobody. */
  unassigned?: boolean;
  /** true: open and pending; false: resolved and closed. */
  active?: boolean;
  q?: string;
  /** The cursor of the page before. */
  before?: string;
  skip?: number;
  /** 1 to 100, which is the default. */
  limit?: number;
}

export interface ConversationPage {
  conversations: Conversation[];
  /** The list's number at the time of the page: changes after it are handed out by the callbacks. */
  inboxSeq: number;
  total: number;
  /** `before` of the next page. */
  nextCursor: string | undefined;
}

export interface ListOptions extends Pick<FeedOptions<ConversationUpdated>, "refused" | "changed" | "random"> {
  get: <T>(path: string, query: object, signal?: AbortSignal) => Promise<Answer<T>>;
  emit: (conversation: Conversation) => void;
  /** Whether the application has callbacks for the list; without any, the server is not asked for it. */
  wanted: () => boolean;
}

/** The organization's list of conversations. Its stream starts with the first page or the first connection. */
export class List {
  readonly feed: Feed<ConversationUpdated>;
  readonly #options: ListOptions;

  constructor(options: ListOptions) {
    this.#options = options;
    this.feed = new Feed<ConversationUpdated>({
      ...options,
      ask: async (after, signal) => {
        const { body } = await options.get<Conversation[]>(PATH, { changed_after: after, limit: PAGE }, signal);
        return body.map((conversation) => ({ seq: conversation.inbox_seq, value: conversation }));
      },
      handOut: (conversations) => conversations.forEach(options.emit),
    });
  }

  /** Resolves when the list's position is known, if it is wanted: changes after that are handed out. */
  connected(): Promise<void> {
    this.feed.resume();
    this.feed.catchUp();
    return this.start();
  }

  /** Asks for the list's position, if it is wanted and not known, so that a later reconnect knows what it missed. */
  async start(): Promise<void> {
    if (this.feed.position !== undefined || !this.#options.wanted()) return;
    try {
      const { headers } = await this.#options.get<Conversation[]>(PATH, { limit: 1 });
      this.feed.learn(numberIn(headers, "X-Inbox-Seq"));
    } catch {
      // The first live event becomes the start.
    }
  }

  load(query: ConversationQuery): Promise<ConversationPage> {
    return this.feed.load(
      async () => {
        const { body, headers } = await this.#options.get<Conversation[]>(PATH, query);
        return {
          conversations: body,
          inboxSeq: numberIn(headers, "X-Inbox-Seq"),
          total: countIn(headers, body),
          nextCursor: headers.get("X-Next-Cursor") || undefined,
        };
      },
      (page) => page.inboxSeq,
    );
  }

  receive(conversation: ConversationUpdated): void {
    const { inbox_seq, prev_inbox_seq } = conversation;
    if (this.feed.position === undefined) {
      if (!this.#options.wanted()) return;
      this.feed.learn(prev_inbox_seq ?? inbox_seq - 1);
    }
    this.feed.receive({ seq: inbox_seq, prev: prev_inbox_seq, value: conversation });
  }
}
