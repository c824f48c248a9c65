import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useLive } from "../../realtime/LiveProvider";
import { useStore } from "../../state/store";

/** The tab says how many conversations wait to be read, as far as they are loaded. */
export function useUnreadTitle(): void {
  const { t } = useTranslation("app");
  const { inbox } = useLive();
  const unread = useStore(inbox.state, (state) => [...state.unread.values()].filter((count) => count > 0).length);
  const page = t("pages.inbox");
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${page} · PyTake` : `${page} · PyTake`;
  }, [unread, page]);
}
