import type { Hub } from "../connection/hub.js";
import {
  HubMethod,
  type Conversation,
  type ConversationCounts,
  type ConversationRemoved,
  type ConversationView,
  type Watched,
} from "../events.js";
import { countIn, numberIn } from "../session/http.js";
import { hasMore, PAGE, type Feed, type FeedOptions, type Get } from "./feed.js";
import type { Entry } from "./stream.js";
import { Subscription } from "./subscription.js";

const PATH = "/api/v1/conversations";

export interface ConversationQuery {
  view?: ConversationView;
  status?: string;
  assigned_to_me?: boolean;
  q?: string;
  /** One of the conversation's tags or its contact's, in any case. */
  tag?: string;
  agent_id?: string;
  contact_id?: string;
  whatsapp_number_id?: string;
  /** Whether the user has messages to read. */
  unread?: boolean;
  /** Whether messages failed and were not sent again. */
  failed?: boolean;
  /** The cursor of the page before. */
  before?: string;
  skip?: number;
  /** 1 to 100, which is the default. */
  limit?: number;
}

export interface ConversationPage {
  conversations: Conversation[];
  /** The list's number at the time of the page: changes of a watched view after it are handed out by the callbacks. */
  inboxSeq: number;
  total: number;
  /** `before` of the next page. */
  nextCursor: string | undefined;
}

export interface ConversationWatch {
  view: ConversationView;
  /** How many conversations are shown, from the newest on: 1 to 500. */
  limit: number;
}

/** Why a view is not watched, or is no longer, in the server's words. */
export class WatchError extends Error {
  constructor(
    readonly view: ConversationView,
    message: string,
  ) {
    super(message);
    this.name = "WatchError";
  }
}

/** A change in a view, from a live event or a row of a page that was asked for. */
export type ListChange =
  { kind: "updated"; conversation: Conversation } | { kind: "removed"; removed: ConversationRemoved };

/** A row of the answer to `changed_after`. */
type ChangedRow = Conversation | { id: string; inbox_seq: number; removed: true };

export interface ListOptions extends Pick<FeedOptions<ListChange>, "changed" | "random"> {
  get: Get;
  emit: (change: ListChange) => void;
  counted: (counts: ConversationCounts) => void;
  /** The server refuses the view for good. `lost`: it was watched before, so there is no `watch` to reject. */
  refused: (list: List, error: WatchError, lost: boolean) => void;
}

/** One connection's events of the list, which do not say of which view they are. */
interface Source {
  /**
   * Events after this number are of this view. Undefined while another view may have been watched on the same connection
   * and the server has not answered yet.
   */
  start: number | undefined;
  early: Entry<ListChange>[];
}

/** The view of the organization's list that the application watches, through any number of connections. */
export class List {
  readonly view: ConversationView;
  readonly #options: ListOptions;
  readonly #subscription: Subscription<ListChange, Watched>;
  #limit: number;
  #source: Source = { start: 0, early: [] };

  constructor({ view, limit }: ConversationWatch, options: ListOptions) {
    this.view = view;
    this.#limit = limit;
    this.#options = options;
    this.#subscription = new Subscription<ListChange, Watched>({
      ...options,
      call: (hub, after) => this.#watch(hub, after),
      numberOf: ({ inbox_seq }) => inbox_seq,
      check: () => options.get(PATH, { view, limit: 1 }),
      ask: async (after, signal) => {
        const query = { view, changed_after: after, limit: PAGE };
        const { body, headers } = await options.get<ChangedRow[]>(PATH, query, signal);
        return {
          entries: body.map((row) => ({ seq: row.inbox_seq, value: changeOf(row) })),
          more: hasMore(headers, body),
        };
      },
      handOut: (changes) => changes.forEach((change) => this.#emit(change)),
      refused: (words, lost) => {
        this.close(words);
        options.refused(this, new WatchError(view, words), lost);
      },
    });
  }

  get feed(): Feed<ListChange> {
    return this.#subscription.feed;
  }

  get watched(): Promise<Watched> {
    return this.#subscription.answered;
  }

  /** Connected, but some of what was missed has not been handed out yet. */
  get busy(): boolean {
    return this.#subscription.busy;
  }

  /** Watches on this connection. `replaces`: another view may have been watched on it. */
  connected(hub: Hub, replaces = false): void {
    this.#source = { start: replaces ? undefined : 0, early: [] };
    this.#subscription.connected(hub);
  }

  disconnected(): void {
    this.#subscription.disconnected();
  }

  resize(limit: number): void {
    if (limit === this.#limit) return;
    this.#limit = limit;
    this.#subscription.renew();
  }

  close(reason: string): void {
    this.#subscription.close(new WatchError(this.view, reason));
  }

  receive(entry: Entry<ListChange>): void {
    const { start, early } = this.#source;
    if (start === undefined) early.push(entry);
    else if (entry.seq > start) this.feed.receive(entry);
  }

  /** Gets a page of this view. */
  load(query: ConversationQuery): Promise<ConversationPage> {
    return this.feed.load(
      () => loadPage(this.#options.get, query),
      (page) => page.inboxSeq,
    );
  }

  async #watch(hub: Hub, position: number | undefined): Promise<Watched> {
    const source = this.#source;
    // What the server would send of the changes since, before it answers, could not be told from the other view's events.
    const after = source.start === undefined ? undefined : position;
    const answer = await hub.invoke<Watched>(HubMethod.WatchConversations, {
      view: this.view,
      limit: this.#limit,
      ...(after === undefined ? {} : { after_inbox_seq: after }),
    });
    if (this.#source !== source || this.#subscription.over) return answer;
    source.start ??= answer.inbox_seq;
    source.early.splice(0).forEach((entry) => this.receive(entry));
    this.#options.counted(answer.counts);
    return answer;
  }

  /** A callback may have watched another view while changes of this one were being handed out. */
  #emit(change: ListChange): void {
    if (!this.#subscription.over) this.#options.emit(change);
  }
}

export async function loadPage(get: Get, query: ConversationQuery): Promise<ConversationPage> {
  const { body, headers } = await get<Conversation[]>(PATH, query);
  return {
    conversations: body,
    inboxSeq: numberIn(headers, "X-Inbox-Seq"),
    total: countIn(headers, body),
    nextCursor: headers.get("X-Next-Cursor") || undefined,
  };
}

function changeOf(row: ChangedRow): ListChange {
  if (!("removed" in row)) return { kind: "updated", conversation: row };
  return { kind: "removed", removed: { conversation_id: row.id, inbox_seq: row.inbox_seq } };
}
