import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/formats";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import icon from "../ui/icon.svg";
import { Preferences } from "../ui/Preferences";
import { Badge } from "../ui/State";
import { nameOf } from "./customers";
import styles from "./Desk.module.css";
import { textOf } from "./messages";
import { NewCustomer } from "./NewCustomer";
import { chatsInOrder, isTyping, type Chat, type PhoneAction, type PhoneState } from "./phoneState";
import { TickSwitch } from "./TickSwitch";

interface DeskProps {
  state: PhoneState;
  connected: boolean;
  dispatch: (action: PhoneAction) => void;
}

/** The list of customers, of whom one is chosen, and how WhatsApp behaves. */
export function Desk({ state, connected, dispatch }: DeskProps) {
  const { t } = useTranslation("phone");
  const [making, setMaking] = useState(false);
  return (
    <aside className={styles.desk} aria-label={t("desk")}>
      <header className={styles.header}>
        <img src={icon} alt="" width={30} height={30} />
        <h1>{t("title")}</h1>
        {!connected && <Badge tone="warning">{t("reconnecting")}</Badge>}
        <Preferences />
      </header>
      <p className={styles.words}>{t("words", { number: state.number?.display ?? "…" })}</p>
      <TickSwitch settings={state.settings} rules={state.rules} />
      <section className={styles.customers}>
        <header className={styles.heading}>
          <h2>{t("customers")}</h2>
          <Button icon="plus" onClick={() => setMaking(true)}>
            {t("newCustomer")}
          </Button>
        </header>
        <ul className={styles.list}>
          {chatsInOrder(state).map((chat) => (
            <li key={chat.id}>
              <ChatItem chat={chat} isOpen={chat.id === state.open} onOpen={() => dispatch({ kind: "open", id: chat.id })} />
            </li>
          ))}
        </ul>
      </section>
      {making && (
        <NewCustomer
          onClose={() => setMaking(false)}
          onMake={(customer) => {
            setMaking(false);
            dispatch({ kind: "make", customer });
          }}
        />
      )}
    </aside>
  );
}

function ChatItem({ chat, isOpen, onOpen }: { chat: Chat; isOpen: boolean; onOpen: () => void }) {
  const { t } = useTranslation("phone");
  const formats = useFormats();
  const last = chat.entries.at(-1);
  const typing = isTyping(chat, Date.now());
  return (
    <button type="button" className={styles.item} aria-current={isOpen || undefined} onClick={onOpen}>
      <Avatar name={nameOf(chat.customer)} />
      <span className={styles.about}>
        <span className={styles.name}>{nameOf(chat.customer)}</span>
        <span className={styles.preview}>
          {typing ? t("typing") : last ? textOf(last.message) || t(`types.${last.message.type ?? "text"}`, { defaultValue: t("types.other") }) : t("noMessages")}
        </span>
      </span>
      <span className={styles.facts}>
        {last && <time dateTime={last.at}>{formats.short(new Date(last.at))}</time>}
        {chat.unread > 0 && (
          <span className={styles.unread}>
            {formats.number(chat.unread)}
            <span className="visually-hidden"> {t("unread", { count: chat.unread })}</span>
          </span>
        )}
      </span>
    </button>
  );
}
