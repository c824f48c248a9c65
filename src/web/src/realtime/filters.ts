import type { ConversationQuery } from "pytake-client";

/** The server's views of the list that the app offers. */
export const FILTERS = ["open", "mine", "unassigned", "waiting", "pending", "closed"] as const;
export type Filter = (typeof FILTERS)[number];

export function isFilter(value: unknown): value is Filter {
  return FILTERS.some((filter) => filter === value);
}

/** What the list shows: the conversations of a filter, or those that a search finds. */
export type View = { filter: Filter } | { search: string };

export function keyOf(view: View): string {
  return "filter" in view ? view.filter : `search ${view.search}`;
}

export function queryOf(view: View): ConversationQuery {
  return "filter" in view ? { view: view.filter } : { q: view.search };
}
