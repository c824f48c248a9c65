import type { Conversation, Message, MessageStatusName } from "pytake-client";
import { useTranslation } from "react-i18next";
import { useMe } from "../../accounts/SessionContext";
import { useFormats } from "../../i18n/formats";
import { classes } from "../../ui/classes";
import styles from "./Bubble.module.css";
import { Album } from "./media/Album";
import { Actions } from "./MessageBubble";
import { Reactions } from "./reactions/Reactions";
import type { AlbumPart } from "./rows";
import { Ticks } from "./Ticks";
import { useSender } from "./useSender";

interface AlbumBubbleProps {
  parts: readonly AlbumPart[];
  conversation: Conversation;
  startsTurn: boolean;
}

/** Photos that were sent one after the other, in one bubble. What is done with it is done with its last photo; the viewer has each. */
export function AlbumBubble({ parts, conversation, startsTurn }: AlbumBubbleProps) {
  const { t } = useTranslation("conversations");
  const formats = useFormats();
  const me = useMe();
  const messages = parts.flatMap(({ message }) => message ?? []);
  const first = messages[0];
  const sender = useNameOf(first, conversation);
  const isOurs = first?.direction !== "inbound";
  const { at, message: last } = parts.at(-1)!;
  return (
    <article
      className={classes(styles.bubble, isOurs ? styles.out : styles.in)}
      data-status={isOurs ? least(parts) : "received"}
      aria-label={t("messageFrom", { name: sender, time: formats.time(new Date(at)) })}
    >
      {startsTurn && isOurs && first && first.sender_user_id !== me.id && <p className={styles.sender}>{sender}</p>}
      <Album parts={parts} from={sender} />
      <p className={styles.facts}>
        <time dateTime={at} title={formats.full(new Date(at))}>
          {formats.time(new Date(at))}
        </time>
        {isOurs && <Ticks message={{ status: least(parts) }} />}
      </p>
      {messages.map((message) => (
        <Reactions key={message.id} message={message} />
      ))}
      {last && <Actions message={last} />}
    </article>
  );
}

function useNameOf(message: Message | undefined, conversation: Conversation): string {
  const { t } = useTranslation("conversations");
  const name = useSender(message ?? { sender_type: "agent" }, conversation);
  return message ? name : t("you");
}

const STEPS: readonly MessageStatusName[] = ["pending", "sent", "delivered", "read"];

/** How far all photos have come. */
function least(parts: readonly AlbumPart[]): MessageStatusName {
  const steps = parts.map(({ message }) => STEPS.indexOf(message?.status ?? "pending"));
  return STEPS[Math.max(0, Math.min(...steps))]!;
}
