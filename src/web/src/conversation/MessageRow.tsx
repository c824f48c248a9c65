import type { Conversation } from "pytake-client";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/formats";
import { classes } from "../ui/classes";
import { MessageBubble } from "./MessageBubble";
import styles from "./MessageRow.module.css";
import { QueuedBubble } from "./QueuedBubble";
import type { Row } from "./rows";

interface MessageRowProps {
  row: Row;
  conversation: Conversation;
}

/** One line of the list, with the day over the first of each. Lines are made anew often; what they show is not. */
export const MessageRow = memo(
  function MessageRow({ row, conversation }: MessageRowProps) {
    const formats = useFormats();
    const { message, queued, startsDay, startsTurn } = row;
    return (
      <div role="listitem" className={classes(styles.row, startsTurn && styles.turn)}>
        {startsDay && (
          <h2 className={styles.day}>
            <span>{formats.day(new Date(row.at))}</span>
          </h2>
        )}
        {message?.message_type === "system" && <SystemLine text={String(message.content.text ?? "")} />}
        {message && message.message_type !== "system" && (
          <MessageBubble message={message} conversation={conversation} startsTurn={startsTurn} />
        )}
        {queued && <QueuedBubble queued={queued} />}
      </div>
    );
  },
  (a, b) =>
    a.row.message === b.row.message &&
    a.row.queued === b.row.queued &&
    a.row.startsDay === b.row.startsDay &&
    a.row.startsTurn === b.row.startsTurn &&
    a.conversation.contact === b.conversation.contact,
);

function SystemLine({ text }: { text: string }) {
  const { t } = useTranslation("conversation");
  return <p className={styles.system}>{text || t("types.system")}</p>;
}
