import type { Conversation, ConversationQuery } from "pytake-client";

export const FILTERS = ["open", "mine", "unassigned", "closed"] as const;
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
  if ("search" in view) return { q: view.search };
  switch (view.filter) {
    case "open":
      return { active: true };
    case "mine":
      return { active: true, assigned_to_me: true };
    case "unassigned":
      return { active: true, unassigned: true };
    case "closed":
      return { active: false };
  }
}

/** Whether the server would list a conversation under a filter. */
export function matches(filter: Filter, { status, assigned_agent_id }: Conversation, userId: string): boolean {
  const active = status === "open" || status === "pending";
  switch (filter) {
    case "open":
      return active;
    case "mine":
      return active && assigned_agent_id === userId;
    case "unassigned":
      return active && !assigned_agent_id;
    case "closed":
      return !active;
  }
}
