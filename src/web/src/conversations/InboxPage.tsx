import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty } from "../ui/State";
import { Conversation } from "./Conversation";
import styles from "./InboxPage.module.css";
import { ConversationList } from "./list/ConversationList";
import { useUnreadTitle } from "./list/useUnreadTitle";

/** The list beside the open conversation; on a narrow screen, one of the two. */
export function InboxPage() {
  const { t } = useTranslation("conversations");
  const { conversationId } = useParams({ strict: false });
  useUnreadTitle();
  return (
    <div className={styles.page} data-open={conversationId !== undefined}>
      <aside className={styles.list} aria-label={t("list:list")}>
        <ConversationList />
      </aside>
      <main className={styles.conversation}>
        {conversationId ? (
          <Conversation key={conversationId} id={conversationId} />
        ) : (
          <Empty icon="inbox" title={t("nothingOpen.title")}>
            {t("nothingOpen.words")}
          </Empty>
        )}
      </main>
    </div>
  );
}
