import type { Conversation, Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import { useLive } from "../../realtime/LiveProvider";
import { useStore } from "../../state/store";
import styles from "./Quoted.module.css";
import { useSender } from "./useSender";
import { useSummary } from "./useSummary";

/** The message that another one answers, shown above that one. */
export function Quoted({ id, conversation }: { id: string; conversation: Conversation }) {
  const { t } = useTranslation("conversations");
  const { conversations } = useLive();
  const { messages } = conversations.of(conversation.id);
  const original = useStore(messages, ({ byId }) => byId.get(id));
  if (!original) return <p className={styles.quoted}>{t("quotedEarlier")}</p>;
  return <QuotedMessage message={original} conversation={conversation} />;
}

export function QuotedMessage({ message, conversation }: { message: Message; conversation: Conversation }) {
  const sender = useSender(message, conversation);
  const summary = useSummary(message);
  return (
    <blockquote className={styles.quoted}>
      <p className={styles.sender}>{sender}</p>
      <p className={styles.text}>{summary}</p>
    </blockquote>
  );
}
