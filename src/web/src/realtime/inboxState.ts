import type { Conversation, ConversationPage } from "pytake-client";
import { sortable } from "../state/sortable";
import { keyOf, matches, type View } from "./filters";

/**
 * The organization's conversations, as far as they are loaded. In whatever order events and pages arrive, a
 * conversation is kept as it was at its highest `inbox_seq`.
 */
export interface InboxState {
  readonly conversations: ReadonlyMap<string, Conversation>;
  /** The user's unread counts. They have no number that orders them, so they are kept separately. */
  readonly unread: ReadonlyMap<string, number>;
  /** When the last event of each count arrived, in ticks of `clock`. */
  readonly unreadAt: ReadonlyMap<string, number>;
  readonly clock: number;
  readonly views: ReadonlyMap<string, LoadedView>;
}

/** How far a view is loaded. Every conversation of the view above the horizon is known. */
export interface LoadedView {
  /** The place of the last conversation that was loaded; empty when all are loaded. */
  readonly horizon: string;
  readonly cursor: string | undefined;
  readonly total: number;
  /** The conversations that a search found, which only the server can tell. */
  readonly found: ReadonlySet<string> | undefined;
}

export type InboxAction =
  | { kind: "page"; view: View; page: ConversationPage; askedAt: number; first: boolean }
  | { kind: "conversation"; conversation: Conversation }
  | { kind: "unread"; conversation_id: string; unread_count: number };

export const EMPTY_INBOX: InboxState = {
  conversations: new Map(),
  unread: new Map(),
  unreadAt: new Map(),
  clock: 0,
  views: new Map(),
};

export function reduceInbox(state: InboxState, action: InboxAction): InboxState {
  switch (action.kind) {
    case "conversation":
      return withConversations(state, [action.conversation]);
    case "unread":
      return {
        ...state,
        clock: state.clock + 1,
        unread: new Map(state.unread).set(action.conversation_id, action.unread_count),
        unreadAt: new Map(state.unreadAt).set(action.conversation_id, state.clock + 1),
      };
    case "page":
      return withPage(state, action);
  }
}

/** The conversations of a view, in order, as far as it is loaded. */
export function listed(state: InboxState, view: View, userId: string): Conversation[] {
  const loaded = state.views.get(keyOf(view));
  if (!loaded) return [];
  const belongs =
    "filter" in view
      ? (conversation: Conversation) => matches(view.filter, conversation, userId)
      : ({ id }: Conversation) => loaded.found?.has(id) ?? false;
  return [...state.conversations.values()]
    .filter((conversation) => belongs(conversation) && placeOf(conversation) >= loaded.horizon)
    .sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
}

/** What the list is sorted by, like on the server: the newest message first, conversations without one last. */
export function placeOf({ last_message_at, id }: Conversation): string {
  return `${last_message_at ? sortable(last_message_at) : ""} ${id}`;
}

function withConversations(state: InboxState, conversations: readonly Conversation[]): InboxState {
  const newer = conversations.filter(({ id, inbox_seq }) => inbox_seq >= (state.conversations.get(id)?.inbox_seq ?? 0));
  if (newer.length === 0) return state;
  const merged = new Map(state.conversations);
  for (const conversation of newer) merged.set(conversation.id, conversation);
  return { ...state, conversations: merged };
}

function withPage(state: InboxState, { view, page, askedAt, first }: InboxAction & { kind: "page" }): InboxState {
  const key = keyOf(view);
  const before = first ? undefined : state.views.get(key);
  const last = page.conversations.at(-1);
  const loaded: LoadedView = {
    horizon: page.nextCursor && last ? placeOf(last) : "",
    cursor: page.nextCursor,
    total: page.total,
    found: "search" in view ? new Set([...(before?.found ?? []), ...page.conversations.map(({ id }) => id)]) : undefined,
  };
  const unread = new Map(state.unread);
  for (const { id, unread_count } of page.conversations) {
    // An event that arrived while the page was being loaded is at least as new as the page.
    if (unread_count !== undefined && (state.unreadAt.get(id) ?? 0) <= askedAt) unread.set(id, unread_count);
  }
  return { ...withConversations(state, page.conversations), unread, views: new Map(state.views).set(key, loaded) };
}
