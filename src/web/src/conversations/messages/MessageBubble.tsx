import type { Conversation, Message, Pricing } from "pytake-client";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../../accounts/SessionContext";
import { useFormats } from "../../i18n/formats";
import { IconButton } from "../../ui/Button";
import { classes } from "../../ui/classes";
import { ErrorNote } from "../../ui/ErrorNote";
import { ErrorWords } from "../../whatsapp/ErrorWords";
import styles from "./Bubble.module.css";
import { Circumstances, NotWhole, PaymentNote } from "./Circumstances";
import { MessageContent } from "./content/MessageContent";
import { useOwner } from "../control/useOwner";
import { Failed } from "./Failed";
import { Quoted } from "./Quoted";
import { ReactionPicker } from "./reactions/ReactionPicker";
import { Reactions } from "./reactions/Reactions";
import { useReply } from "./ReplyContext";
import { Ticks } from "./Ticks";
import { useSender } from "./useSender";

interface MessageBubbleProps {
  message: Message;
  conversation: Conversation;
  startsTurn: boolean;
}

export function MessageBubble({ message, conversation, startsTurn }: MessageBubbleProps) {
  const { t } = useTranslation("conversations");
  const formats = useFormats();
  const me = useMe();
  const sender = useSender(message, conversation);
  const owner = useOwner();
  const isNote = message.message_type === "note";
  const isOurs = message.direction === "outbound";
  const at = new Date(message.occurred_at);
  return (
    <article
      className={classes(styles.bubble, isOurs ? styles.out : styles.in, isNote && styles.note, isBare(message) && styles.bare)}
      data-message={message.id}
      data-status={message.status}
      aria-label={t(isNote ? "noteFrom" : "messageFrom", { name: sender, time: formats.time(at) })}
    >
      {isNote && <p className={styles.kind}>{t("note")}</p>}
      {startsTurn && isOurs && message.sender_user_id !== me.id && <p className={styles.sender}>{sender}</p>}
      {message.reply_to_message_id && <Quoted id={message.reply_to_message_id} conversation={conversation} />}
      <Circumstances message={message} />
      <MessageContent message={message} from={sender} />
      {!isOurs && message.error_code && message.message_type !== "unsupported" && <NotWhole message={message} />}
      <p className={styles.facts}>
        {message.controlled_by && !isOurs && <span>{t("control:to", { name: owner(message.controlled_by) })}</span>}
        {typeof message.content.edited_at === "string" && <span>{t("edited")}</span>}
        {isOurs && message.pricing && <Price pricing={message.pricing} />}
        <time dateTime={message.occurred_at} title={formats.full(at)}>
          {formats.time(at)}
        </time>
        {isOurs && !isNote && <Ticks message={message} />}
      </p>
      {message.payment && <PaymentNote payment={message.payment} />}
      {message.status === "failed" && message.message_type !== "erased" && <Failed message={message} conversation={conversation} />}
      {message.status === "pending" && message.error_code && <Waiting message={message} />}
      <Reactions message={message} />
      <Actions message={message} />
    </article>
  );
}

/** A sticker has no bubble around it. */
function isBare({ message_type, media, content }: Message): boolean {
  return message_type === "sticker" && media?.state === "stored" && !content.revoked_at;
}

/** Why a message waits: its number may not send. */
function Waiting({ message }: { message: Message }) {
  const { t } = useTranslation("conversations");
  return (
    <ErrorNote>
      <p>
        {t("waits")} <ErrorWords code={message.error_code} message={message.error_message} />
      </p>
    </ErrorNote>
  );
}

/** What WhatsApp charges for it. */
function Price({ pricing: { category, billable } }: { pricing: Pricing }) {
  const { t } = useTranslation("messages");
  const words = [t(`categories.${category}`, { defaultValue: category }), typeof billable === "boolean" && t(billable ? "billed" : "free")];
  return <span>{words.filter(Boolean).join(", ")}</span>;
}

/** Buttons beside a message, shown while it has the pointer or the focus. */
export function Actions({ message }: { message: Message }) {
  const { t } = useTranslation("conversations");
  const { set } = useReply();
  const maySend = useMay("messages:send");
  if (!maySend || message.message_type === "note" || !message.whatsapp_message_id || message.content.revoked_at) return null;
  return (
    <div className={styles.actions}>
      <IconButton icon="reply" label={t("reply")} onClick={() => set(message)} />
      {message.direction === "inbound" && <ReactionPicker message={message} />}
    </div>
  );
}
