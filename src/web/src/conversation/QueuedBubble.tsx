import type { Conversation } from "pytake-client";
import { useTranslation } from "react-i18next";
import type { Queued } from "../composer/outbox";
import { useLive } from "../inbox/LiveProvider";
import { useFormats } from "../i18n/formats";
import { useServerWords } from "../i18n/useServerWords";
import { classes } from "../ui/classes";
import styles from "./Bubble.module.css";
import { TemplateContent } from "./content/TemplateContent";
import { TextContent } from "./content/TextContent";
import failed from "./Failed.module.css";
import { Quoted } from "./Quoted";
import { Ticks } from "./Ticks";

/** A message that the server does not have yet: it stands where it will stand. */
export function QueuedBubble({ queued, conversation }: { queued: Queued; conversation: Conversation }) {
  const { t } = useTranslation("conversation");
  const formats = useFormats();
  const { outbox } = useLive();
  const words = useServerWords();
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
      {queued.message_type === "template" ? <TemplateContent content={queued.content} /> : <TextContent content={queued.content} />}
      <p className={styles.facts}>
        <time dateTime={queued.created_at}>{formats.time(at)}</time>
        <Ticks message={{ status: queued.refusal === undefined ? "pending" : "failed" }} />
      </p>
      {queued.refusal !== undefined && (
        <div className={failed.failed}>
          <p>
            {t("refused")} {words(queued.refusal)}
          </p>
          <button type="button" className={failed.action} onClick={() => outbox.retry(queued.id)}>
            {t("retry")}
          </button>
          <button type="button" className={failed.action} onClick={() => outbox.discard(queued.id)}>
            {t("discard")}
          </button>
        </div>
      )}
    </article>
  );
}
