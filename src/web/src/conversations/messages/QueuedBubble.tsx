import type { Conversation } from "pytake-client";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../i18n/formats";
import type { Queued } from "../../realtime/outbox";
import { classes } from "../../ui/classes";
import styles from "./Bubble.module.css";
import { TemplateContent } from "./content/TemplateContent";
import { TextContent } from "./content/TextContent";
import { QueuedFile } from "./media/QueuedFile";
import { Quoted } from "./Quoted";
import { Refused } from "./Refused";
import { Ticks } from "./Ticks";

/** A message that the server does not have yet, in the place where the message will be. */
export function QueuedBubble({ queued, conversation }: { queued: Queued; conversation: Conversation }) {
  const { t } = useTranslation("conversations");
  const formats = useFormats();
  const isNote = queued.message_type === "note";
  const at = new Date(queued.created_at);
  return (
    <article
      className={classes(styles.bubble, styles.out, isNote && styles.note)}
      data-queued={queued.id}
      aria-label={t(isNote ? "noteFrom" : "messageFrom", { name: t("you"), time: formats.time(at) })}
    >
      {isNote && <p className={styles.kind}>{t("note")}</p>}
      {queued.reply_to_message_id && <Quoted id={queued.reply_to_message_id} conversation={conversation} />}
      <QueuedContent queued={queued} />
      <p className={styles.facts}>
        <time dateTime={queued.created_at}>{formats.time(at)}</time>
        <Ticks message={{ status: queued.refusal === undefined ? "pending" : "failed" }} />
      </p>
      {queued.refusal !== undefined && <Refused queued={queued} title={t("refused")} />}
    </article>
  );
}

function QueuedContent({ queued }: { queued: Queued }) {
  if (queued.file) return <QueuedFile queued={queued} />;
  if (queued.message_type === "template") return <TemplateContent content={queued.content} />;
  return <TextContent text={queued.content.text} />;
}
