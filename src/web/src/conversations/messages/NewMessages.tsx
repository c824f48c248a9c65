import type { Message } from "pytake-client";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { OpenConversation } from "../../realtime/ConversationFeed";
import { useStore } from "../../state/store";
import { useSummary } from "./useSummary";

/** Lets screen readers read out what the customer writes while the conversation is open. */
export function NewMessages({ open, name }: { open: OpenConversation; name: string }) {
  const newest = useStore(open.messages, ({ shown }) => shown.findLast(({ direction }) => direction === "inbound"));
  const first = useRef(newest?.id);
  const [announced, setAnnounced] = useState<Message>();
  useEffect(() => {
    if (newest && newest.id !== first.current) setAnnounced(newest);
  }, [newest]);
  return (
    <div className="visually-hidden" role="log" aria-live="polite">
      {announced && <Announcement message={announced} name={name} />}
    </div>
  );
}

function Announcement({ message, name }: { message: Message; name: string }) {
  const { t } = useTranslation("conversations");
  return <p>{t("announcement", { name, text: useSummary(message) })}</p>;
}
