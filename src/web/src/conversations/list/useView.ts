import { useSearch } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { useMe } from "../../accounts/SessionContext";
import { keyOf, type View } from "../../realtime/filters";
import { listed } from "../../realtime/inboxState";
import { useLive } from "../../realtime/LiveProvider";
import { useStore } from "../../state/store";

/** What the list shows, from the page's address. */
export function useView(): View {
  const { filter = "open", q } = useSearch({ from: "/shell/inbox" });
  return useMemo(() => (q ? { search: q } : { filter }), [filter, q]);
}

/** The conversations of a view, which is loaded when it is first shown. */
export function useListed(view: View) {
  const { inbox } = useLive();
  const { id } = useMe();
  const state = useStore(inbox.state, (whole) => whole);
  const loading = useStore(inbox.loading, (all) => all.get(keyOf(view)));
  useEffect(() => void inbox.open(view), [inbox, view]);
  const conversations = useMemo(() => listed(state, view, id), [state, view, id]);
  return { conversations, loading: loading ?? "loading", loaded: state.views.get(keyOf(view)), unread: state.unread };
}
