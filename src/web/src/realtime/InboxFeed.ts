import type { Conversation, ConversationCounts, SocketClient } from "pytake-client";
import { Store } from "../state/store";
import { keyOf, queryOf, watchedBy, type Filter, type View } from "./filters";
import { EMPTY_INBOX, reduceInbox, type InboxAction, type LoadedView } from "./inboxState";

const PAGE = 50;

/** How many rows of a view are watched: a page more than are loaded, so that new ones do not cut it off. */
const LIMIT = { first: 2 * PAGE, most: 500 };

export type Loading = "loading" | "ready" | Error;

/** Whether a view has more rows than can be shown. */
export function isFull({ horizon, limit }: LoadedView): boolean {
  return horizon !== "" && limit === LIMIT.most;
}

/**
 * The list of conversations. The view of one filter is watched: its pages are loaded once, and events continue from there.
 * The others, and what a search found, are as they were; a view is loaded again when it is watched again.
 */
export class InboxFeed {
  readonly state = new Store(EMPTY_INBOX);
  /** Whether each view is loaded, by its key. */
  readonly loading = new Store<ReadonlyMap<string, Loading>>(new Map());
  /** How many conversations the views have, as soon as one was watched. */
  readonly counts = new Store<ConversationCounts | undefined>(undefined);
  readonly #client: SocketClient;
  /** The last load of each view: the answers to earlier ones are too late. */
  readonly #loads = new Map<string, { view: View }>();
  readonly #endings: (() => void)[];

  constructor(client: SocketClient) {
    this.#client = client;
    this.#endings = [
      client.onConversationUpdated((conversation) => this.#dispatch({ kind: "updated", conversation })),
      client.onConversationRemoved((removed) => this.#dispatch({ kind: "removed", ...removed })),
      client.onConversationCounts((counts) => this.counts.set(counts)),
      client.onUnreadUpdate((unread) => this.#dispatch({ kind: "unread", ...unread })),
      client.onConnectionState(({ status }) => status === "live" && this.#retry()),
    ];
  }

  /** Watches the view of a filter in place of the one before. Until it is loaded, it shows what it had when it was left. */
  async watch(filter: Filter): Promise<void> {
    if (filter === this.state.value.watched) return;
    this.#dispatch({ kind: "watch", filter });
    void this.#watch(filter, LIMIT.first);
    await this.#load({ filter }, true);
  }

  /** Watches nothing any more. */
  leave(): void {
    this.#dispatch({ kind: "watch", filter: undefined });
    this.#client.unwatchConversations();
  }

  /** Loads a view that is not watched: a search, or one that is narrowed. Always again, since only the server knows it. */
  async find(view: View): Promise<void> {
    if (this.loading.value.get(keyOf(view)) !== "loading") await this.#load(view, true);
  }

  /** Loads a view again that could not be loaded. */
  async reload(view: View): Promise<void> {
    await this.#load(view, true);
  }

  /** Loads the rows that follow, if there are any and none are being loaded. */
  async more(view: View): Promise<void> {
    const loaded = this.state.value.views.get(keyOf(view));
    if (!loaded?.horizon || this.loading.value.get(keyOf(view)) === "loading") return;
    const filter = watchedBy(view);
    if (!filter) return this.#load(view, false);
    if (filter !== this.state.value.watched || isFull(loaded)) return;
    this.#setLoading(view, "loading");
    const limit = Math.min(LIMIT.most, loaded.limit + PAGE);
    const last = this.#loads.get(keyOf(view))!;
    // First the watch, so that what changes in the rows after they were loaded is sent.
    if (await this.#watch(filter, limit)) await this.#load(view, false, limit);
    else this.#loaded(last, "ready");
  }

  /** Takes a conversation from the answer to a request that changed it. */
  put(conversation: Conversation): void {
    this.#dispatch({ kind: "answer", conversation });
  }

  /** Takes a conversation that `get` loads. */
  async refresh(id: string, get: (id: string) => Promise<Conversation>): Promise<void> {
    const askedAt = this.state.value.clock;
    this.#dispatch({ kind: "answer", conversation: await get(id), askedAt });
  }

  close(): void {
    this.#endings.forEach((end) => end());
    this.#client.unwatchConversations();
  }

  async #watch(filter: Filter, limit: number): Promise<boolean> {
    try {
      await this.#client.watchConversations({ view: filter, limit });
      return true;
    } catch {
      // Another view is watched, or the server refuses this one: the client reports that, and the rows stay on the screen.
      return false;
    }
  }

  async #load(view: View, first: boolean, limit = watchedBy(view) ? LIMIT.first : Infinity): Promise<void> {
    const load = { view };
    this.#loads.set(keyOf(view), load);
    this.#setLoading(view, "loading");
    try {
      await this.#loadPages(load, first, limit);
      this.#loaded(load, "ready");
    } catch (error) {
      this.#loaded(load, error as Error);
    }
  }

  /** Loads pages until the view reaches further down than before: one, unless it was cut off. */
  async #loadPages(load: { view: View }, first: boolean, limit: number): Promise<void> {
    const { view } = load;
    const reached = () => this.state.value.views.get(keyOf(view));
    const before = reached()?.horizon;
    do {
      const cursor = first ? undefined : reached()?.cursor;
      const askedAt = this.state.value.clock;
      const query = { ...queryOf(view), limit: PAGE, ...(cursor === undefined ? {} : { before: cursor }) };
      const page = await this.#client.loadConversations(query);
      if (!this.#isCurrent(load)) return;
      this.#dispatch({ kind: "page", view, page, askedAt, first, limit });
    } while (!first && reached()!.horizon === before && reached()!.cursor !== undefined);
  }

  #isCurrent(load: { view: View }): boolean {
    const { view } = load;
    const filter = watchedBy(view);
    const isWanted = !filter || filter === this.state.value.watched;
    return isWanted && this.#loads.get(keyOf(view)) === load;
  }

  #loaded(load: { view: View }, loading: Loading): void {
    if (this.#loads.get(keyOf(load.view)) === load) this.#setLoading(load.view, loading);
  }

  /** Loads what could not be loaded while the server could not be reached. */
  #retry(): void {
    for (const load of this.#loads.values()) {
      if (this.loading.value.get(keyOf(load.view)) instanceof Error && this.#isCurrent(load)) void this.reload(load.view);
    }
  }

  #setLoading(view: View, loading: Loading): void {
    this.loading.update((known) => new Map(known).set(keyOf(view), loading));
  }

  #dispatch(action: InboxAction): void {
    this.state.update((state) => reduceInbox(state, action));
  }
}
