import { useEffect, useReducer, useState } from "react";
import { useTranslation } from "react-i18next";
import { PlayerProvider } from "../media/PlayerProvider";
import { Empty } from "../ui/State";
import { ChatView } from "./ChatView";
import { load, save } from "./customers";
import { Desk } from "./Desk";
import styles from "./PhonePage.module.css";
import { EMPTY_PHONE, reducePhone, type PhoneAction, type PhoneState } from "./phoneState";
import { follow } from "./simulator";

/** The customers' side of WhatsApp: the customers and WhatsApp's behaviour, and the phone of one of them. */
export function PhonePage() {
  const { t, i18n } = useTranslation("phone");
  const [state, dispatch] = useReducer(reducePhone, EMPTY_PHONE, withKnownCustomers);
  const [connected, setConnected] = useState(true);
  useEffect(() => follow(dispatch, setConnected), []);
  useEffect(() => save([...state.chats.values()].map((chat) => chat.customer)), [state.chats]);
  useEffect(() => void (document.title = `PyTake · ${t("title")}`), [t, i18n.language]);

  const chat = state.open === undefined ? undefined : state.chats.get(state.open);
  return (
    <PlayerProvider userId="phone">
      <div className={styles.page} data-open={chat !== undefined}>
        <Desk state={state} connected={connected} dispatch={dispatch} />
        <main className={styles.stage}>
          <div className={styles.phone}>
            <div className={styles.screen}>
              {chat ? (
                <ChatView key={chat.id} chat={chat} company={state.number?.display ?? ""} onBack={() => dispatch({ kind: "open", id: undefined })} />
              ) : (
                <Empty icon="phone" title={t("nobody.title")}>
                  {t("nobody.words")}
                </Empty>
              )}
            </div>
          </div>
        </main>
      </div>
    </PlayerProvider>
  );
}

function withKnownCustomers(empty: PhoneState): PhoneState {
  const made = load().reduce<PhoneState>((state, customer) => reducePhone(state, { kind: "make", customer }), empty);
  return reducePhone(made, { kind: "open", id: undefined } satisfies PhoneAction);
}
