import type { Conversation, ConversationPage } from "pytake-client";
import { sortable } from "../state/sortable";
import { keyOf, matches, type View } from "./filters";

/**
 * Everything that is known of the organization's conversations. Whatever order events and pages come in, a conversation
 * is kept as it was at its highest `inbox_seq`.
 */
export interface InboxState {
  readonly conversations: ReadonlyMap<string, Conversation>;
  /** The caller's own counts. They have no number of their own, so they are not part of the conversation here. */
  readonly unread: ReadonlyMap<string, number>;
  /** When each count was last told by an event, in ticks of `clock`. */
  readonly told: ReadonlyMap<string, number>;
  readonly clock: number;
  readonly views: ReadonlyMap<string, LoadedView>;
}

/** How far a view was loaded. Every conversation above the horizon that belongs to it is known. */
export interface LoadedView {
  /** The place of the last conversation that was loaded; empty when that was all. */
  readonly horizon: string;
  readonly cursor: string | undefined;
  readonly total: number;
  /** What a search found: the server alone knows what matches. */
  readonly found: ReadonlySet<string> | undefined;
}

export type InboxAction =
  | { kind: "page"; view: View; page: ConversationPage; askedAt: number; first: boolean }
  | { kind: "conversation"; conversation: Conversation }
  | { kind: "unread"; conversation_id: string; unread_count: number };

export const EMPTY_INBOX: InboxState = {
  conversations: new Map(),
  unread: new Map(),
  told: new Map(),
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
        told: new Map(state.told).set(action.conversation_id, state.clock + 1),
      };
    case "page":
      return withPage(state, action);
  }
}

/** The conversations of a view, in order, as far down as it was loaded. */
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

/** Where a conversation stands: the newest message first, those without one last, as the server orders them. */
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
    // An event that came while the page was on its way knows at least as much as the page.
    if (unread_count !== undefined && (state.told.get(id) ?? 0) <= askedAt) unread.set(id, unread_count);
  }
  return { ...withConversations(state, page.conversations), unread, views: new Map(state.views).set(key, loaded) };
}
