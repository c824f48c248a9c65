import type { Conversation } from "pytake-client";
import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { VList, type VListHandle } from "virtua";
import type { Queued } from "../composer/outbox";
import { useLive } from "../inbox/LiveProvider";
import { useStore } from "../state/store";
import { Icon } from "../ui/Icon";
import { Empty } from "../ui/State";
import type { OpenConversation } from "./ConversationFeed";
import styles from "./MessageList.module.css";
import { MessageRow } from "./MessageRow";
import { rowsOf, type Row } from "./rows";
import { useScrolling } from "./useScrolling";

/** Pixels from the top at which the page before is asked for. */
const NEAR_TOP = 1200;

/** All messages of a conversation, of which only those in sight are in the page. */
export function MessageList({ open, conversation }: { open: OpenConversation; conversation: Conversation }) {
  const { t } = useTranslation("conversation");
  const { conversations } = useLive();
  const rows = useRows(open);
  const isLoadingOlder = useStore(open.loading, (loading) => loading === "older");
  const list = useRef<VListHandle>(null);
  const { grewAtTop, isAtEnd, missed, scrolled, toEnd } = useScrolling(list, rows);

  const onScroll = (offset: number) => {
    scrolled(offset);
    if (offset < NEAR_TOP) void conversations.older(open.id);
  };

  // A page that does not fill the screen cannot be scrolled: the one before it is asked for at once.
  useEffect(() => {
    if ((list.current?.scrollOffset ?? 0) < NEAR_TOP) void conversations.older(open.id);
  }, [conversations, open.id, rows.length, isLoadingOlder]);

  if (rows.length === 0) return <Empty icon="inbox" title={t("empty.title")}>{t("empty.words")}</Empty>;
  return (
    <div className={styles.frame}>
      <VList
        ref={list}
        className={styles.list}
        shift={grewAtTop}
        onScroll={onScroll}
        role="list"
        aria-label={t("messages")}
        aria-busy={isLoadingOlder}
        tabIndex={0}
        data={rows}
      >
        {(row) => <MessageRow key={row.key} row={row} conversation={conversation} />}
      </VList>
      {!isAtEnd && (
        <button type="button" className={styles.toEnd} onClick={toEnd}>
          <Icon name="down" size={18} />
          {missed > 0 ? t("missed", { count: missed }) : t("toEnd")}
        </button>
      )}
    </div>
  );
}

function useRows(open: OpenConversation): Row[] {
  const { outbox } = useLive();
  const messages = useStore(open.messages, ({ shown }) => shown);
  const all = useStore(outbox.queued, (queued) => queued);
  return useMemo(() => rowsOf(messages, of(all, open.id)), [messages, all, open.id]);
}

function of(queued: readonly Queued[], conversationId: string): Queued[] {
  return queued.filter(({ conversation_id }) => conversation_id === conversationId);
}
