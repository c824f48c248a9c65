import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useLive } from "../../realtime/LiveProvider";
import { useStore } from "../../state/store";

/** Shows in the tab's title how many conversations are unread. */
export function useUnreadTitle(): void {
  const { t } = useTranslation("app");
  const { inbox } = useLive();
  const unread = useStore(inbox.counts, (counts) => counts?.unread ?? 0);
  const page = t("pages.inbox");
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${page} · PyTake` : `${page} · PyTake`;
  }, [unread, page]);
}
