import type { Conversation } from "pytake-client";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { useMe } from "../../accounts/SessionContext";
import type { OpenConversation } from "../../realtime/ConversationFeed";
import { useLive } from "../../realtime/LiveProvider";
import type { Queued } from "../../realtime/outbox";
import { useStore } from "../../state/store";
import { Icon } from "../../ui/Icon";
import { Empty } from "../../ui/State";
import styles from "./MessageList.module.css";
import { MessageRow } from "./MessageRow";
import { hasMessage, rowsOf, type Row } from "./rows";
import { useScrolling } from "./useScrolling";

/** The previous page is loaded when the top is this close, in pixels. */
const NEAR_TOP = 1200;

/** Pixels above the first row, as in the style sheet. */
const PADDING = 12;

interface MessageListProps {
  open: OpenConversation;
  conversation: Conversation;
  /** The message to go to, which is marked. */
  found: string | undefined;
}

/** All messages of a conversation; only those in sight are in the page. */
export function MessageList({ open, conversation, found }: MessageListProps) {
  const { t } = useTranslation("conversations");
  const { conversations } = useLive();
  const rows = useRows(open);
  const isLoadingOlder = useStore(open.loading, (loading) => loading === "older");
  const list = useRef<HTMLDivElement>(null);
  const { grewAtTop, isAtEnd, missed, scrolled, resized, toEnd, leaveEnd } = useScrolling(list, rows);
  const virtualizer = useRef<VirtualizerHandle>(null);
  const seeking = useSeek(open, found);
  const index = found === undefined ? -1 : rows.findIndex((row) => hasMessage(row, found));

  // Once: the reader may scroll on, and the row's index changes with the pages above it.
  const wentTo = useRef<string>(undefined);
  useEffect(() => {
    if (index < 0 || seeking === "seeking" || wentTo.current === found) return;
    wentTo.current = found;
    leaveEnd();
    virtualizer.current?.scrollToIndex(index, { align: "center" });
  });

  const loadOlder = () => {
    if ((list.current?.scrollTop ?? 0) < NEAR_TOP) void conversations.older(open.id);
  };
  const onScroll = () => {
    scrolled();
    loadOlder();
  };

  // A page that does not fill the screen cannot be scrolled, so the one before it is loaded at once.
  useEffect(loadOlder, [conversations, open.id, rows.length, isLoadingOlder]);

  if (rows.length === 0) {
    return (
      <div className={styles.frame}>
        <Empty icon="inbox" title={t("empty.title")}>
          {t("empty.words")}
        </Empty>
      </div>
    );
  }
  return (
    <div className={styles.frame}>
      <div ref={list} className={styles.list} role="list" aria-label={t("messages")} aria-busy={isLoadingOlder} tabIndex={0}>
        <Virtualizer ref={virtualizer} data={rows} shift={grewAtTop} startMargin={PADDING} onScroll={onScroll} onResize={resized}>
          {(row) => <MessageRow key={row.key} row={row} conversation={conversation} isFound={found !== undefined && hasMessage(row, found)} />}
        </Virtualizer>
      </div>
      {seeking !== "done" && (
        <p role="status" className={styles.seeking}>
          {t(seeking)}
        </p>
      )}
      {!isAtEnd && (
        <button type="button" className={styles.toEnd} onClick={toEnd}>
          <Icon name="down" size={18} />
          {missed > 0 ? t("missed", { count: missed }) : t("toEnd")}
        </button>
      )}
    </div>
  );
}

/** Loads what is between a message and the end. */
function useSeek(open: OpenConversation, found: string | undefined): "seeking" | "notFound" | "done" {
  const { conversations } = useLive();
  const [sought, setSought] = useState<{ found: string; isThere: boolean }>();
  useEffect(() => {
    if (found === undefined) return;
    const done = (isThere: boolean) => setSought({ found, isThere });
    conversations.reach(open.id, found).then(done, () => done(false));
  }, [conversations, open.id, found]);
  if (found === undefined || (sought?.found === found && sought.isThere)) return "done";
  return sought?.found === found ? "notFound" : "seeking";
}

function useRows(open: OpenConversation): Row[] {
  const { outbox } = useLive();
  const me = useMe();
  const messages = useStore(open.messages, ({ shown }) => shown);
  const all = useStore(outbox.queued, (queued) => queued);
  return useMemo(() => rowsOf(messages, of(all, open.id), me.id), [messages, all, open.id, me.id]);
}

function of(queued: readonly Queued[], conversationId: string): Queued[] {
  return queued.filter(({ conversation_id }) => conversation_id === conversationId);
}
