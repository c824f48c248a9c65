import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Conversation, Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import { messages as api } from "../../api/api";
import { useLive } from "../../realtime/LiveProvider";
import { useStore } from "../../state/store";
import styles from "./Quoted.module.css";
import { useSender } from "./useSender";
import { useSummary } from "./useSummary";

/** The message that another one answers, shown above that one. It leads there, also into a conversation that was closed. */
export function Quoted({ id, conversation }: { id: string; conversation: Conversation }) {
  const { conversations } = useLive();
  const { messages } = conversations.of(conversation.id);
  const original = useStore(messages, ({ byId }) => byId.get(id));
  return original ? <Opening message={original} conversation={conversation} /> : <QuotedElsewhere id={id} conversation={conversation} />;
}

/** One that is further up than what is loaded, or in another conversation with the customer. */
function QuotedElsewhere({ id, conversation }: { id: string; conversation: Conversation }) {
  const { t } = useTranslation("conversations");
  const { data } = useQuery({ queryKey: ["messages", id], queryFn: () => api.get(id) });
  return data ? <Opening message={data} conversation={conversation} /> : <p className={styles.quoted}>{t("quotedEarlier")}</p>;
}

function Opening({ message, conversation }: { message: Message; conversation: Conversation }) {
  const { t } = useTranslation("conversations");
  return (
    <Link
      to="/inbox/$conversationId"
      params={{ conversationId: message.conversation_id }}
      search={(search) => ({ ...search, message: message.id })}
      className={styles.opening}
      title={t("openQuoted")}
    >
      <QuotedMessage message={message} conversation={conversation} />
    </Link>
  );
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
