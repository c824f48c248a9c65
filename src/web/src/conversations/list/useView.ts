import { useSearch } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { keyOf, type View } from "../../realtime/filters";
import { listed } from "../../realtime/inboxState";
import { useLive } from "../../realtime/LiveProvider";
import { useStore } from "../../state/store";

/** What the list shows, from the page's address. */
export function useView(): View {
  const { filter = "open", q } = useSearch({ from: "/shell/inbox" });
  return useMemo(() => (q ? { search: q } : { filter }), [filter, q]);
}

/** Watches the view of the chosen filter while the list is on the page, under a search too. */
export function useWatch(): void {
  const { inbox } = useLive();
  const { filter = "open" } = useSearch({ from: "/shell/inbox" });
  useEffect(() => void inbox.watch(filter), [inbox, filter]);
  useEffect(() => () => inbox.leave(), [inbox]);
}

/** The conversations of a view; a search is made when it is shown. */
export function useListed(view: View) {
  const { inbox } = useLive();
  const state = useStore(inbox.state, (whole) => whole);
  const loading = useStore(inbox.loading, (all) => all.get(keyOf(view)));
  useEffect(() => {
    if ("search" in view) void inbox.search(view.search);
  }, [inbox, view]);
  const conversations = useMemo(() => listed(state, view), [state, view]);
  return { conversations, loading: loading ?? "loading", loaded: state.views.get(keyOf(view)), unread: state.unread };
}
