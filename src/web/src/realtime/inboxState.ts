import type { Conversation, ConversationPage, SearchHit } from "pytake-client";
import { sortable } from "../state/sortable";
import { keyOf, passes, withinOf, type Filter, type View } from "./filters";

/**
 * The organization's conversations, as far as they are loaded. In whatever order events and pages arrive, a
 * conversation is kept as it was at its highest `inbox_seq`. Which of them belong to a view, only the server tells.
 */
export interface InboxState {
  readonly conversations: ReadonlyMap<string, Conversation>;
  /** The user's unread counts. They have no number that orders them, so they are kept separately. */
  readonly unread: ReadonlyMap<string, number>;
  /** When the last event of each count arrived, in ticks of `clock`. */
  readonly unreadAt: ReadonlyMap<string, number>;
  readonly clock: number;
  /** The filter whose view is kept up to date; the others show what they had when they were left. */
  readonly watched: Filter | undefined;
  readonly views: ReadonlyMap<string, LoadedView>;
}

/** How far a view is loaded. Every conversation of a watched view above the horizon is known. */
export interface LoadedView {
  readonly standings: ReadonlyMap<string, Standing>;
  /** The place of the last conversation that was loaded; empty when all are loaded. */
  readonly horizon: string;
  /** Where the next page begins; undefined, too, where the view was cut off, which needs the pages from the first on. */
  readonly cursor: string | undefined;
  /** How many conversations are kept up to date. What lies beyond is cut off. */
  readonly limit: number;
  /** The messages that a search found, by their conversations. */
  readonly hits: ReadonlyMap<string, SearchHit>;
}

/** Whether a conversation belongs to a view, at an `inbox_seq`. */
interface Standing {
  readonly seq: number;
  readonly belongs: boolean;
}

export type InboxAction =
  | { kind: "watch"; filter: Filter | undefined }
  | { kind: "page"; view: View; page: ConversationPage; askedAt: number; first: boolean; limit: number }
  /** A conversation that belongs to the watched view. */
  | { kind: "updated"; conversation: Conversation }
  /** A conversation that does not belong to the watched view. */
  | { kind: "removed"; conversation_id: string; inbox_seq: number }
  /** A conversation from an answer of the server, whatever views it belongs to; its unread count, if `askedAt` is known. */
  | { kind: "answer"; conversation: Conversation; askedAt?: number }
  | { kind: "unread"; conversation_id: string; unread_count: number };

export const EMPTY_INBOX: InboxState = {
  conversations: new Map(),
  unread: new Map(),
  unreadAt: new Map(),
  clock: 0,
  watched: undefined,
  views: new Map(),
};

export function reduceInbox(state: InboxState, action: InboxAction): InboxState {
  switch (action.kind) {
    case "watch":
      return { ...state, watched: action.filter };
    case "page":
      return withPage(state, action);
    case "updated":
      return withUpdated(state, action.conversation);
    case "removed":
      return withStanding(state, action.conversation_id, { seq: action.inbox_seq, belongs: false });
    case "answer":
      return withUnread(withConversations(state, [action.conversation]), [action.conversation], action.askedAt);
    case "unread":
      return {
        ...state,
        clock: state.clock + 1,
        unread: new Map(state.unread).set(action.conversation_id, action.unread_count),
        unreadAt: new Map(state.unreadAt).set(action.conversation_id, state.clock + 1),
      };
  }
}

/**
 * The conversations of a view, in order, as far as it is loaded. One that is narrowed follows the changes of the watched
 * view that it is a part of.
 * @param keep A conversation that stays although it does not pass any more: the open one, which was just read.
 */
export function listed(state: InboxState, view: View, keep?: string): Conversation[] {
  const loaded = state.views.get(keyOf(view));
  if (!loaded) return [];
  const within = withinOf(view);
  if (!view.narrowing || !within) return rowsOf(state, loaded);
  const standings = new Map(loaded.standings);
  for (const [id, standing] of (within === state.watched && state.views.get(within)?.standings) || []) {
    if (standing.seq >= (standings.get(id)?.seq ?? 0)) standings.set(id, standing);
  }
  return rowsOf(state, { ...loaded, standings }).filter(
    (conversation) => conversation.id === keep || passes(view.narrowing!, conversation, state.unread.get(conversation.id) ?? 0),
  );
}

/** Whether a conversation is kept up to date by the watched view. */
export function isKept(state: InboxState, id: string): boolean {
  return state.watched !== undefined && state.views.get(state.watched)?.standings.get(id)?.belongs === true;
}

/** What the list is sorted by, like on the server: the newest message first, conversations without one last. */
export function placeOf({ last_message_at, id }: Conversation): string {
  return `${last_message_at ? sortable(last_message_at) : ""} ${id}`;
}

function rowsOf({ conversations }: InboxState, { standings, horizon }: LoadedView): Conversation[] {
  const rows: { place: string; conversation: Conversation }[] = [];
  for (const [id, { belongs }] of standings) {
    const conversation = belongs && conversations.get(id);
    const place = conversation ? placeOf(conversation) : "";
    if (conversation && place >= horizon) rows.push({ place, conversation });
  }
  return rows.sort((a, b) => (a.place < b.place ? 1 : -1)).map(({ conversation }) => conversation);
}

function withConversations(state: InboxState, conversations: readonly Conversation[]): InboxState {
  const newer = conversations.filter(({ id, inbox_seq }) => inbox_seq >= (state.conversations.get(id)?.inbox_seq ?? 0));
  if (newer.length === 0) return state;
  const merged = new Map(state.conversations);
  for (const conversation of newer) merged.set(conversation.id, conversation);
  return { ...state, conversations: merged };
}

/** An event that arrived while an answer was on its way is at least as new as the answer. */
function withUnread(state: InboxState, conversations: readonly Conversation[], askedAt = -1): InboxState {
  const unread = new Map(state.unread);
  for (const { id, unread_count } of conversations) {
    if (unread_count !== undefined && (state.unreadAt.get(id) ?? 0) <= askedAt) unread.set(id, unread_count);
  }
  return { ...state, unread };
}

function withUpdated(state: InboxState, conversation: Conversation): InboxState {
  const { id, inbox_seq } = conversation;
  return withStanding(withConversations(state, [conversation]), id, { seq: inbox_seq, belongs: true });
}

function withStanding(state: InboxState, id: string, standing: Standing): InboxState {
  const loaded = state.watched && state.views.get(state.watched);
  if (!loaded || standing.seq < (loaded.standings.get(id)?.seq ?? 0)) return state;
  return withView(state, state.watched!, { ...loaded, standings: new Map(loaded.standings).set(id, standing) });
}

function withPage(state: InboxState, { view, page, askedAt, first, limit }: InboxAction & { kind: "page" }): InboxState {
  const before = first ? undefined : state.views.get(keyOf(view));
  const last = page.conversations.at(-1);
  const horizon = page.nextCursor && last ? placeOf(last) : "";
  const merged = withUnread(withConversations(state, page.conversations), page.conversations, askedAt);
  return withView(merged, keyOf(view), {
    standings: standingsWith(page, state.views.get(keyOf(view)), first),
    // The pages of a view that was cut off begin above its horizon.
    horizon: before && before.horizon < horizon ? before.horizon : horizon,
    cursor: page.nextCursor,
    limit,
    hits: hitsWith(page, before),
  });
}

function hitsWith({ conversations }: ConversationPage, before: LoadedView | undefined): Map<string, SearchHit> {
  const hits = new Map(before?.hits);
  for (const { id, hit } of conversations) if (hit) hits.set(id, hit);
  return hits;
}

/** The first page is the whole truth up to its number. */
function standingsWith({ conversations, inboxSeq }: ConversationPage, known: LoadedView | undefined, first: boolean) {
  const standings = new Map([...(known?.standings ?? [])].filter(([, { seq }]) => !first || seq > inboxSeq));
  for (const { id, inbox_seq } of conversations) {
    if (inbox_seq >= (standings.get(id)?.seq ?? 0)) standings.set(id, { seq: inbox_seq, belongs: true });
  }
  return standings;
}

/**
 * Cuts the view off where it has as many rows as its limit: the server says nothing of a conversation that comes to be
 * beyond that. Rows below the horizon are forgotten for the same reason.
 */
function withView(state: InboxState, key: string, view: LoadedView): InboxState {
  const rows = rowsOf(state, view).slice(0, view.limit);
  const ids = new Set(rows.map(({ id }) => id));
  const standings = new Map([...view.standings].filter(([id, { belongs }]) => !belongs || ids.has(id)));
  const horizon = rows.length < view.limit ? view.horizon : placeOf(rows.at(-1)!);
  const cursor = horizon === view.horizon ? view.cursor : undefined;
  return { ...state, views: new Map(state.views).set(key, { ...view, standings, horizon, cursor }) };
}
