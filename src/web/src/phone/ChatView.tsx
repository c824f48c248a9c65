import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/formats";
import { Avatar } from "../ui/Avatar";
import { IconButton } from "../ui/Button";
import { Bubble } from "./Bubble";
import styles from "./ChatView.module.css";
import { nameOf } from "./customers";
import type { MetaMessage } from "./events";
import { inbound } from "./messages";
import { PhoneComposer } from "./PhoneComposer";
import { isTyping, TYPING_MS, type Chat, type Entry } from "./phoneState";
import { write } from "./simulator";

interface ChatViewProps {
  chat: Chat;
  /** The company's number, formatted. */
  company: string;
  onBack: () => void;
}

/** One customer's chat with the company, as their phone shows it. */
export function ChatView({ chat, company, onBack }: ChatViewProps) {
  const { t } = useTranslation("phone");
  const [quoted, setQuoted] = useState<Entry>();
  const [error, setError] = useState<string>();
  const typing = useTyping(chat);
  const send = async (message: MetaMessage) => {
    setError(undefined);
    setQuoted(undefined);
    await write(chat.customer, message).catch((failure: Error) => setError(failure.message));
  };
  return (
    <div className={styles.chat}>
      <header className={styles.header}>
        <IconButton icon="back" label={t("back")} className={styles.back} onClick={onBack} />
        <Avatar name="PyTake" />
        <div className={styles.who}>
          <h2>{t("company")}</h2>
          <p aria-live="polite">{typing ? t("typing") : company}</p>
        </div>
        <span className={styles.holder} title={t("phoneOf", { name: nameOf(chat.customer) })}>
          {nameOf(chat.customer)}
        </span>
      </header>
      <Messages
        chat={chat}
        typing={typing}
        onQuote={setQuoted}
        onAnswer={(message) => void send(message)}
        onReact={(wamid, emoji) => void send(inbound.reaction(wamid, emoji))}
      />
      {error && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
      <PhoneComposer quoted={quoted} onUnquote={() => setQuoted(undefined)} onSend={send} onError={setError} />
    </div>
  );
}

interface MessagesProps {
  chat: Chat;
  typing: boolean;
  onQuote: (entry: Entry) => void;
  onAnswer: (message: MetaMessage) => void;
  onReact: (wamid: string, emoji: string) => void;
}

function Messages({ chat, typing, onQuote, onAnswer, onReact }: MessagesProps) {
  const { t } = useTranslation("phone");
  const formats = useFormats();
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // `void`, because newer browsers return a promise, which React would take for a clean-up function.
    void end.current?.scrollIntoView({ block: "end" });
  }, [chat.entries.length, typing]);
  const entries = new Map(chat.entries.map((entry) => [entry.wamid, entry]));
  let day = "";
  return (
    <div className={styles.wall} role="log" aria-label={t("messages")} tabIndex={0}>
      {chat.entries.length === 0 && <p className={styles.day}>{t("sayHello")}</p>}
      {chat.entries.map((entry) => {
        const itsDay = formats.day(new Date(entry.at));
        const isNewDay = itsDay !== day;
        day = itsDay;
        return (
          <div key={entry.wamid} className={styles.row}>
            {isNewDay && <p className={styles.day}>{itsDay}</p>}
            <Bubble
              entry={entry}
              entries={entries}
              reactions={chat.reactions.get(entry.wamid)}
              onQuote={() => onQuote(entry)}
              onAnswer={onAnswer}
              onReact={(emoji) => onReact(entry.wamid, emoji)}
            />
          </div>
        );
      })}
      {typing && (
        <div className={styles.typing} aria-hidden="true">
          <span />
          <span />
          <span />
        </div>
      )}
      <div ref={end} />
    </div>
  );
}

/** Whether the company is typing, for as long as WhatsApp shows it. */
function useTyping(chat: Chat): boolean {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    if (chat.typingAt === undefined) return;
    const timer = setTimeout(() => setNow(Date.now()), Math.max(0, Date.parse(chat.typingAt) + TYPING_MS - Date.now()) + 50);
    return () => clearTimeout(timer);
  }, [chat.typingAt]);
  return isTyping(chat, now);
}
