import type { Conversation } from "pytake-client";
import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Virtualizer } from "virtua";
import type { OpenConversation } from "../../realtime/ConversationFeed";
import { useLive } from "../../realtime/LiveProvider";
import type { Queued } from "../../realtime/outbox";
import { useStore } from "../../state/store";
import { Icon } from "../../ui/Icon";
import { Empty } from "../../ui/State";
import styles from "./MessageList.module.css";
import { MessageRow } from "./MessageRow";
import { rowsOf, type Row } from "./rows";
import { useScrolling } from "./useScrolling";

/** The previous page is loaded when the top is this close, in pixels. */
const NEAR_TOP = 1200;

/** Pixels above the first row, as in the style sheet. */
const PADDING = 12;

/** All messages of a conversation; only those in sight are in the page. */
export function MessageList({ open, conversation }: { open: OpenConversation; conversation: Conversation }) {
  const { t } = useTranslation("conversations");
  const { conversations } = useLive();
  const rows = useRows(open);
  const isLoadingOlder = useStore(open.loading, (loading) => loading === "older");
  const list = useRef<HTMLDivElement>(null);
  const { grewAtTop, isAtEnd, missed, scrolled, resized, toEnd } = useScrolling(list, rows);

  const loadOlder = () => {
    if ((list.current?.scrollTop ?? 0) < NEAR_TOP) void conversations.older(open.id);
  };
  const onScroll = () => {
    scrolled();
    loadOlder();
  };

  // A page that does not fill the screen cannot be scrolled, so the one before it is loaded at once.
  useEffect(loadOlder, [conversations, open.id, rows.length, isLoadingOlder]);

  if (rows.length === 0) return <Empty icon="inbox" title={t("empty.title")}>{t("empty.words")}</Empty>;
  return (
    <div className={styles.frame}>
      <div ref={list} className={styles.list} role="list" aria-label={t("messages")} aria-busy={isLoadingOlder} tabIndex={0}>
        <Virtualizer data={rows} shift={grewAtTop} startMargin={PADDING} onScroll={onScroll} onResize={resized}>
          {(row) => <MessageRow key={row.key} row={row} conversation={conversation} />}
        </Virtualizer>
      </div>
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
