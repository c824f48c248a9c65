import type { Conversation } from "pytake-client";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
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

/** Pixels from the top at which the page before is asked for, and from the end that still count as being there. */
const NEAR_TOP = 1200;
const NEAR_END = 80;

/** All messages of a conversation, of which only those in sight are in the page. */
export function MessageList({ open, conversation }: { open: OpenConversation; conversation: Conversation }) {
  const { t } = useTranslation("conversation");
  const { conversations } = useLive();
  const rows = useRows(open);
  const isLoadingOlder = useStore(open.loading, (loading) => loading === "older");
  const list = useRef<VListHandle>(null);
  const { grewAtTop, isAtEnd, missed, scrolled, toEnd } = useScrolling(list, rows);

  const onScroll = (offset: number) => {
    scrolled();
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
      >
        {rows.map((row) => (
          <MessageRow key={row.key} row={row} conversation={conversation} />
        ))}
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

/**
 * Stays at the end while the reader is there, and where the reader is otherwise: pages that come in above push nothing
 * down, and what comes in below is counted. One's own message always leads to the end.
 */
function useScrolling(list: React.RefObject<VListHandle | null>, rows: Row[]) {
  const [isAtEnd, setIsAtEnd] = useState(true);
  const [missed, setMissed] = useState(0);
  const before = useRef<{ first?: string | undefined; last?: string | undefined; length: number }>({ length: 0 });
  const first = rows[0]?.key;
  const last = rows.at(-1);
  const grewAtTop = before.current.first !== undefined && before.current.first !== first;

  const toEnd = () => list.current?.scrollToIndex(rows.length - 1, { align: "end" });
  useLayoutEffect(() => {
    const { last: lastBefore, length } = before.current;
    before.current = { first, last: last?.key, length: rows.length };
    if (last?.key === lastBefore) return;
    if (length === 0 || isAtEnd || last?.queued) toEnd();
    else setMissed((count) => count + 1);
  });

  const scrolled = () => {
    const handle = list.current;
    if (!handle) return;
    const atEnd = handle.scrollOffset + handle.viewportSize >= handle.scrollSize - NEAR_END;
    setIsAtEnd(atEnd);
    if (atEnd) setMissed(0);
  };
  return { grewAtTop, isAtEnd, missed, scrolled, toEnd };
}
