import { useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../accounts/SessionContext";
import { useLive } from "../realtime/LiveProvider";
import { useStore } from "../state/store";
import { Empty, Failure, Loading } from "../ui/State";
import { Composer } from "./composer/Composer";
import { ContactPanel } from "./contacts/ContactPanel";
import { nameOf } from "./contacts/names";
import styles from "./Conversation.module.css";
import { ConversationHeader } from "./ConversationHeader";
import { MessageList } from "./messages/MessageList";
import { NewMessages } from "./messages/NewMessages";
import { ReplyProvider } from "./messages/ReplyContext";
import { ViewerProvider } from "./messages/viewer/ViewerProvider";
import { useConversation } from "./useConversation";
import { useReadMark } from "./useReadMark";

/** An open conversation, which is joined while it is on the screen. */
export function Conversation({ id }: { id: string }) {
  const { t } = useTranslation("conversations");
  const { conversations } = useLive();
  const open = useMemo(() => conversations.of(id), [conversations, id]);
  const loading = useStore(open.loading, (state) => state);
  const isLoaded = useStore(open.messages, ({ horizon }) => horizon !== undefined);
  const conversation = useConversation(open);
  const { message } = useSearch({ from: "/shell/inbox" });
  const mayWrite = useMay("messages:send");
  const [showsContact, setShowsContact] = useState(false);

  useEffect(() => {
    conversations.open(id);
    return () => conversations.close(id);
  }, [conversations, id]);
  useReadMark(open, conversation);

  if (loading === "missing") {
    return (
      <Empty icon="search" title={t("missing.title")}>
        {t("missing.words")}
      </Empty>
    );
  }
  if (loading instanceof Error && !isLoaded) return <Failure error={loading} />;
  if (!isLoaded || !conversation) return <Loading lines={8} />;
  return (
    <ReplyProvider>
      <div className={styles.conversation} data-contact={showsContact}>
        <section className={styles.talk} aria-label={t("with", { name: nameOf(conversation.contact) })}>
          <ConversationHeader
            conversation={conversation}
            showsContact={showsContact}
            onToggleContact={() => setShowsContact(!showsContact)}
          />
          <ViewerProvider open={open} conversation={conversation}>
            <MessageList open={open} conversation={conversation} found={message} />
          </ViewerProvider>
          <NewMessages open={open} name={nameOf(conversation.contact)} />
          {mayWrite && <Composer conversation={conversation} />}
        </section>
        {showsContact && <ContactPanel conversation={conversation} onClose={() => setShowsContact(false)} />}
      </div>
    </ReplyProvider>
  );
}
