import type { Conversation, SocketClient } from "pytake-client";
import { Store } from "../state/store";
import { keyOf, queryOf, type View } from "./filters";
import { EMPTY_INBOX, reduceInbox, type InboxAction } from "./inboxState";

const PAGE = 50;

export type Loading = "loading" | "ready" | Error;

/** The list of conversations, kept up to date: pages are loaded once, and events continue from there. */
export class InboxFeed {
  readonly state = new Store(EMPTY_INBOX);
  /** Whether each view is loaded, by its key. */
  readonly loading = new Store<ReadonlyMap<string, Loading>>(new Map());
  readonly #client: SocketClient;
  readonly #views = new Map<string, View>();
  readonly #endings: (() => void)[];

  constructor(client: SocketClient) {
    this.#client = client;
    this.#endings = [
      client.onConversationUpdated((conversation) => this.put(conversation)),
      client.onUnreadUpdate((unread) => this.#dispatch({ kind: "unread", ...unread })),
      client.onConnectionState(({ status }) => status === "live" && this.#retry()),
    ];
  }

  /**
   * Loads the first page of a view, unless it is loaded. A search is always made again, since only the server can
   * search.
   */
  async open(view: View): Promise<void> {
    const loading = this.loading.value.get(keyOf(view));
    if (loading === "loading" || (loading === "ready" && "filter" in view)) return;
    await this.#load(view, true);
  }

  /** Loads the next page, if there is one and none is being loaded. */
  async more(view: View): Promise<void> {
    const cursor = this.state.value.views.get(keyOf(view))?.cursor;
    if (cursor !== undefined && this.loading.value.get(keyOf(view)) !== "loading") await this.#load(view, false, cursor);
  }

  /** Takes a conversation from an answer of the server. */
  put(conversation: Conversation): void {
    this.#dispatch({ kind: "conversation", conversation });
  }

  close(): void {
    this.#endings.forEach((end) => end());
  }

  async #load(view: View, first: boolean, before?: string): Promise<void> {
    this.#setLoading(view, "loading");
    const askedAt = this.state.value.clock;
    try {
      const query = { ...queryOf(view), limit: PAGE, ...(before === undefined ? {} : { before }) };
      const page = await this.#client.loadConversations(query);
      this.#dispatch({ kind: "page", view, page, askedAt, first });
      this.#setLoading(view, "ready");
    } catch (error) {
      this.#setLoading(view, error as Error);
    }
  }

  /** Loads views again that failed while the server could not be reached. */
  #retry(): void {
    for (const [key, loading] of this.loading.value) {
      if (loading instanceof Error && this.#views.has(key)) void this.open(this.#views.get(key)!);
    }
  }

  #setLoading(view: View, loading: Loading): void {
    this.#views.set(keyOf(view), view);
    this.loading.update((known) => new Map(known).set(keyOf(view), loading));
  }

  #dispatch(action: InboxAction): void {
    this.state.update((state) => reduceInbox(state, action));
  }
}
