import { useEffect, useRef, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { VList, type VListHandle } from "virtua";
import { useMay } from "../../accounts/SessionContext";
import { ConnectionBar } from "../../realtime/ConnectionBar";
import type { View } from "../../realtime/filters";
import { isFull } from "../../realtime/InboxFeed";
import { useLive } from "../../realtime/LiveProvider";
import { Empty, Failure, Loading } from "../../ui/State";
import { PullNext } from "../actions/PullNext";
import { ConversationItem } from "./ConversationItem";
import styles from "./ConversationList.module.css";
import { Filters } from "./Filters";
import { Narrow } from "./Narrow";
import { Narrowed } from "./Narrowed";
import { SearchField } from "./SearchField";
import { useListed, useView, useWatch } from "./useView";

/** The next page is loaded when the rows in sight are this close to the end. */
const AHEAD = 15;

export function ConversationList() {
  const { t } = useTranslation("list");
  const view = useView();
  useWatch();
  const mayWrite = useMay("conversations:write");
  return (
    <div className={styles.panel}>
      <header className={styles.header}>
        <div className={styles.title}>
          <h1>{t("title")}</h1>
          {mayWrite && <PullNext />}
        </div>
        <div className={styles.find}>
          <SearchField />
          <Narrow />
        </div>
        {"filter" in view && view.narrowing?.contact === undefined && <Filters />}
        <Narrowed />
      </header>
      <ConnectionBar />
      <List view={view} />
    </div>
  );
}

function List({ view }: { view: View }) {
  const { t } = useTranslation("list");
  const { inbox } = useLive();
  const { conversations, loading, loaded, unread } = useListed(view);
  const list = useRef<VListHandle>(null);
  // Where rows have left the view, there is no scrolling that would load those that follow.
  const isShort = conversations.length < AHEAD;
  useEffect(() => {
    if (isShort && loading === "ready") void inbox.more(view);
  }, [inbox, view, isShort, loading]);

  if (loading instanceof Error && !loaded) return <Failure error={loading} onRetry={() => void inbox.reload(view)} />;
  if (!loaded) return <Loading lines={8} />;
  if (conversations.length === 0) return <NothingListed view={view} />;

  const loadMore = () => {
    const handle = list.current;
    if (handle && handle.findItemIndex(handle.scrollOffset + handle.viewportSize) >= conversations.length - AHEAD)
      void inbox.more(view);
  };
  return (
    <>
      <p className="visually-hidden" role="status">
        {t("count", { count: conversations.length })}
      </p>
      <VList
        ref={list}
        className={styles.rows}
        role="list"
        aria-label={t("list")}
        onScroll={loadMore}
        onKeyDown={moveFocus}
        data={conversations}
      >
        {(conversation) => (
          <ConversationItem key={conversation.id} conversation={conversation} unread={unread.get(conversation.id) ?? 0} hit={loaded.hits.get(conversation.id)} />
        )}
      </VList>
      {loaded && isFull(loaded) && <p className={styles.end}>{t("end")}</p>}
    </>
  );
}

function NothingListed({ view }: { view: View }) {
  const { t } = useTranslation("list");
  const key = view.narrowing ? "narrowed" : "filter" in view ? view.filter : "search";
  return (
    <Empty icon={"search" in view || view.narrowing ? "search" : "inbox"} title={t(`empty.${key}.title`)}>
      {t(`empty.${key}.words`)}
    </Empty>
  );
}

/** The up and down keys move the focus from one conversation to the next. */
function moveFocus(event: KeyboardEvent<HTMLElement>) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>("a")];
  const index = links.indexOf(document.activeElement as HTMLElement);
  const next = links[index + (event.key === "ArrowDown" ? 1 : -1)];
  if (index < 0 || !next) return;
  event.preventDefault();
  next.focus();
}
