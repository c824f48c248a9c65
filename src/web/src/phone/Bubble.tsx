import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/formats";
import { IconButton } from "../ui/Button";
import { classes } from "../ui/classes";
import { Menu, MenuItem } from "../ui/Menu";
import { TickMark } from "../ui/TickMark";
import styles from "./Bubble.module.css";
import { BubbleContent } from "./BubbleContent";
import type { MetaMessage } from "./events";
import { choicesOf, quotedBy, textOf } from "./messages";
import type { Chat, Entry } from "./phoneState";

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

interface BubbleProps {
  entry: Entry;
  /** All messages of the chat, to find the one that is quoted. */
  entries: ReadonlyMap<string, Entry>;
  reactions: (Chat["reactions"] extends ReadonlyMap<string, infer R> ? R : never) | undefined;
  onQuote: () => void;
  onAnswer: (message: MetaMessage) => void;
  /** An empty emoji removes the reaction. */
  onReact: (emoji: string) => void;
}

export function Bubble({ entry, entries, reactions, onQuote, onAnswer, onReact }: BubbleProps) {
  const { t } = useTranslation("phone");
  const { isMine, message, wamid } = entry;
  const quoted = entries.get(quotedBy(message) ?? "");
  const choices = isMine ? [] : choicesOf(message);
  const shown = [reactions?.mine, reactions?.theirs].filter(Boolean);
  return (
    <article className={classes(styles.bubble, isMine ? styles.mine : styles.theirs)} aria-label={t(isMine ? "fromYou" : "fromCompany")}>
      {quoted && (
        <blockquote className={styles.quoted}>
          <strong>{t(quoted.isMine ? "you" : "company")}</strong>
          <span>{textOf(quoted.message) || t(`types.${quoted.message.type ?? "text"}`, { defaultValue: t("types.other") })}</span>
        </blockquote>
      )}
      <BubbleContent wamid={wamid} message={message} />
      <Facts entry={entry} />
      {choices.length > 0 && (
        <ul className={styles.choices}>
          {choices.map((choice, index) => (
            <li key={index}>
              <button type="button" onClick={() => onAnswer(choice.answer(wamid))}>
                {choice.title}
                {choice.description && <span>{choice.description}</span>}
              </button>
            </li>
          ))}
        </ul>
      )}
      {shown.length > 0 && (
        <span className={styles.reactions} role="img" aria-label={t("reactions", { emoji: shown.join(" ") })}>
          {shown.join(" ")}
        </span>
      )}
      <span className={styles.tools}>
        <Menu align={isMine ? "end" : "start"} trigger={<IconButton icon="down" label={t("tools")} className={styles.tool} />}>
          <MenuItem icon="reply" onSelect={onQuote}>
            {t("reply")}
          </MenuItem>
          {EMOJI.map((emoji) => (
            <MenuItem key={emoji} onSelect={() => onReact(reactions?.mine === emoji ? "" : emoji)}>
              <span aria-hidden="true">{emoji}</span>
              {t(reactions?.mine === emoji ? "unreact" : "reactWith", { emoji })}
            </MenuItem>
          ))}
        </Menu>
      </span>
    </article>
  );
}

function Facts({ entry: { at, isMine, status } }: { entry: Entry }) {
  const { t } = useTranslation("phone");
  const formats = useFormats();
  return (
    <p className={styles.facts}>
      {!isMine && status !== "accepted" && <span title={t("toldCompany")}>{t(`statuses.${status}`, { defaultValue: status })}</span>}
      <time dateTime={at} title={formats.full(new Date(at))}>
        {formats.time(new Date(at))}
      </time>
      {isMine && (
        <span className={status === "read" ? styles.read : undefined}>
          <TickMark status={status === "sending" ? "pending" : "delivered"} />
          <span className="visually-hidden">{t(`mine.${status}`, { defaultValue: status })}</span>
        </span>
      )}
    </p>
  );
}
