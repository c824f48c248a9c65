import { useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { keyOf, watchedBy, type Narrowing, type View } from "../../realtime/filters";
import { listed } from "../../realtime/inboxState";
import { useLive } from "../../realtime/LiveProvider";
import { useStore } from "../../state/store";

/** What the list shows, from the page's address. */
export function useView(): View {
  const { filter = "open", q } = useSearch({ from: "/shell/inbox" });
  const narrowing = useNarrowing();
  return useMemo(() => ({ ...(q ? { search: q } : { filter }), narrowing }), [filter, q, narrowing]);
}

/** What the list is narrowed to, from the page's address; undefined for nothing. */
export function useNarrowing(): Narrowing | undefined {
  const { tag, agent, contact, number, unread, failed } = useSearch({ from: "/shell/inbox" });
  return useMemo(() => {
    const all = { tag, agent, contact, number, unread, failed };
    return Object.values(all).some((value) => value !== undefined) ? all : undefined;
  }, [tag, agent, contact, number, unread, failed]);
}

/** Watches the view of the chosen filter while the list is on the page, under a search too. */
export function useWatch(): void {
  const { inbox } = useLive();
  const { filter = "open" } = useSearch({ from: "/shell/inbox" });
  useEffect(() => void inbox.watch(filter), [inbox, filter]);
  useEffect(() => () => inbox.leave(), [inbox]);
}

/** The conversations of a view; one that is not watched is loaded when it is shown. */
export function useListed(view: View) {
  const { conversationId } = useParams({ strict: false });
  const { inbox } = useLive();
  const state = useStore(inbox.state, (whole) => whole);
  const loading = useStore(inbox.loading, (all) => all.get(keyOf(view)));
  useEffect(() => {
    if (!watchedBy(view)) void inbox.find(view);
  }, [inbox, view]);
  const conversations = useMemo(() => listed(state, view, conversationId), [state, view, conversationId]);
  return { conversations, loading: loading ?? "loading", loaded: state.views.get(keyOf(view)), unread: state.unread };
}
