import type { Conversation, ConversationQuery } from "pytake-client";

/** The server's views of the list that the app offers. */
export const FILTERS = ["open", "mine", "unassigned", "waiting", "pending", "closed"] as const;
export type Filter = (typeof FILTERS)[number];

export function isFilter(value: unknown): value is Filter {
  return FILTERS.some((filter) => filter === value);
}

/** What a list is narrowed to: ids, but for the tag. With a contact it has all their conversations, whatever the filter. */
export interface Narrowing {
  readonly tag?: string | undefined;
  readonly agent?: string | undefined;
  readonly contact?: string | undefined;
  readonly number?: string | undefined;
  readonly unread?: true | undefined;
  readonly failed?: true | undefined;
}

/** What the list shows: the conversations of a filter, or those that a search finds; of these those of the narrowing. */
export type View = ({ readonly filter: Filter } | { readonly search: string }) & { readonly narrowing?: Narrowing | undefined };

export function keyOf(view: View): string {
  const shown = "filter" in view ? view.filter : `search ${view.search}`;
  return view.narrowing ? `${shown} ${JSON.stringify(view.narrowing)}` : shown;
}

export function queryOf({ narrowing, ...view }: View): ConversationQuery {
  const { tag, agent, contact, number, unread, failed } = narrowing ?? {};
  return {
    ...("search" in view ? { q: view.search } : contact === undefined ? { view: view.filter } : {}),
    ...(tag === undefined ? {} : { tag }),
    ...(agent === undefined ? {} : { agent_id: agent }),
    ...(contact === undefined ? {} : { contact_id: contact }),
    ...(number === undefined ? {} : { whatsapp_number_id: number }),
    ...(unread === undefined ? {} : { unread }),
    ...(failed === undefined ? {} : { failed }),
  };
}

/** The filter whose watched view is all that a view shows; undefined for one that is only loaded. */
export function watchedBy(view: View): Filter | undefined {
  return "filter" in view && !view.narrowing ? view.filter : undefined;
}

/** The filter whose watched view has everything that belongs to a view, so that changes of it are known. */
export function withinOf(view: View): Filter | undefined {
  return "filter" in view && view.narrowing && view.narrowing.contact === undefined ? view.filter : undefined;
}

/** Whether a narrowing lets a conversation through, as the server decides it. */
export function passes(
  { tag, agent, contact, number, unread, failed }: Narrowing,
  conversation: Conversation,
  unreadCount: number,
): boolean {
  return (
    (tag === undefined || [...conversation.tags, ...conversation.contact.tags].some((own) => isSameTag(own, tag))) &&
    (agent === undefined || conversation.assigned_agent_id === agent) &&
    (contact === undefined || conversation.contact_id === contact) &&
    (number === undefined || conversation.whatsapp_number_id === number) &&
    (unread === undefined || unreadCount > 0) &&
    (failed === undefined || (conversation.failed_count ?? 0) > 0)
  );
}

/** The same word in another case is the same tag. */
export function isSameTag(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}
