import type { Conversation } from "pytake-client";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../i18n/formats";
import { classes } from "../../ui/classes";
import { HandoverLine } from "../control/HandoverLine";
import { AlbumBubble } from "./AlbumBubble";
import { CallLine } from "./CallLine";
import { MessageBubble } from "./MessageBubble";
import styles from "./MessageRow.module.css";
import { QueuedBubble } from "./QueuedBubble";
import type { Row } from "./rows";

/** Types that are lines of the conversation and not bubbles. */
const LINES = ["system", "handover", "call"];

interface MessageRowProps {
  row: Row;
  conversation: Conversation;
  /** The reader was led to it. */
  isFound: boolean;
}

/** One row of the list; the first row of a day has the date above it. */
export const MessageRow = memo(
  function MessageRow({ row, conversation, isFound }: MessageRowProps) {
    const { t } = useTranslation("conversations");
    const formats = useFormats();
    const { message, queued, album, startsDay, startsTurn } = row;
    return (
      <div role="listitem" className={classes(styles.row, startsTurn && styles.turn, isFound && styles.found)} data-found={isFound || undefined}>
        {isFound && <span className="visually-hidden">{t("found")}</span>}
        {startsDay && (
          <h2 className={styles.day}>
            <span>{formats.day(new Date(row.at))}</span>
          </h2>
        )}
        {message?.message_type === "system" && <SystemLine text={String(message.content.text ?? "")} />}
        {message?.message_type === "handover" && <HandoverLine message={message} className={styles.system} />}
        {message?.message_type === "call" && <CallLine message={message} />}
        {message && !LINES.includes(message.message_type) && (
          <MessageBubble message={message} conversation={conversation} startsTurn={startsTurn} />
        )}
        {queued && <QueuedBubble queued={queued} conversation={conversation} />}
        {album && <AlbumBubble parts={album} conversation={conversation} startsTurn={startsTurn} />}
      </div>
    );
  },
  // The conversation changes with every message, but a row depends on nothing of it except the contact.
  (a, b) => a.row === b.row && a.isFound === b.isFound && a.conversation.contact === b.conversation.contact,
);

function SystemLine({ text }: { text: string }) {
  const { t } = useTranslation("conversations");
  return <p className={styles.system}>{text || t("types.system")}</p>;
}
