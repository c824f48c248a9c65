import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../i18n/formats";
import { Button } from "../../ui/Button";
import { Empty, Failure, Loading } from "../../ui/State";
import { Table } from "../../ui/Table";
import type { ItemCounts } from "../live/snapshot";
import { ItemDialog } from "./ItemDialog";
import { ITEM_FILTERS, items, PAGE, type Item, type ItemFilter } from "./items";
import styles from "./Items.module.css";
import { ItemState } from "./ItemState";

/** Webhook items that could not be processed, to be inspected, replayed or discarded. */
export function Items({ counts }: { counts: ItemCounts | null }) {
  const { t } = useTranslation("operations");
  const [filter, setFilter] = useState<ItemFilter>("deadLettered");
  const [openId, setOpenId] = useState<number>();
  const list = useItems(filter, counts);
  const rows = list.data?.pages.flat() ?? [];
  return (
    <>
      <div className={styles.filters} role="group" aria-label={t("items.filter")}>
        {ITEM_FILTERS.map((value) => (
          <button key={value} type="button" className={styles.filter} aria-pressed={value === filter} onClick={() => setFilter(value)}>
            {t(`items.filters.${value}`)}
            <Count counts={counts} filter={value} />
          </button>
        ))}
      </div>
      {list.error ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading lines={3} />
      ) : (
        <ItemTable rows={rows} filter={filter} onOpen={setOpenId} />
      )}
      {list.hasNextPage && (
        <Button className={styles.more} busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("items.more")}
        </Button>
      )}
      {openId !== undefined && <ItemDialog id={openId} onClose={() => setOpenId(undefined)} onDone={() => void list.refetch()} />}
    </>
  );
}

/** Pages of items. They are loaded again when the live counts change. */
function useItems(filter: ItemFilter, counts: ItemCounts | null) {
  const list = useInfiniteQuery({
    queryKey: ["ops", "items", filter],
    queryFn: ({ pageParam }) => items.list(filter, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page: Item[]) => (page.length === PAGE ? page.at(-1)!.id : undefined),
    staleTime: 0,
  });
  const count = counts && (filter === "pending" ? `${counts.waiting} ${counts.retry}` : `${counts.parked} ${counts.dead}`);
  const known = useRef(count);
  const { refetch } = list;
  useEffect(() => {
    const hasChanged = known.current !== null && count !== null && known.current !== count;
    known.current = count;
    if (hasChanged) void refetch();
  }, [count, refetch]);
  return list;
}

function Count({ counts, filter }: { counts: ItemCounts | null; filter: ItemFilter }) {
  const formats = useFormats();
  if (!counts) return null;
  const count = {
    deadLettered: counts.parked + counts.dead,
    parked: counts.parked,
    dead: counts.dead,
    pending: counts.waiting + counts.retry,
  }[filter];
  return <span className={styles.count}>{formats.number(count)}</span>;
}

function ItemTable({ rows, filter, onOpen }: { rows: Item[]; filter: ItemFilter; onOpen: (id: number) => void }) {
  const { t } = useTranslation("operations");
  const formats = useFormats();
  return (
    <Table
      caption={t("items.title")}
      rows={rows}
      rowKey={(item) => String(item.id)}
      empty={
        <div className={styles.empty}>
          <Empty icon="check" title={t(filter === "pending" ? "items.nonePending" : "items.none")}>
            {filter !== "pending" && t("items.noneWords")}
          </Empty>
        </div>
      }
      columns={[
        {
          key: "id",
          title: t("items.id"),
          cell: (item) => (
            <button type="button" className={styles.open} onClick={() => onOpen(item.id)} aria-label={t("items.open", { id: item.id })}>
              {item.id}
            </button>
          ),
        },
        { key: "state", title: t("items.state"), cell: (item) => <ItemState item={item} /> },
        { key: "kind", title: t("items.kind"), cell: (item) => t(`kinds.${item.kind}`, { defaultValue: item.kind }) },
        { key: "error", title: t("items.error"), cell: (item) => <span className={styles.error} title={item.error ?? undefined}>{item.error ?? "–"}</span> },
        { key: "attempts", title: t("items.attempts"), numeric: true, cell: (item) => formats.number(item.attempts) },
        {
          key: "received",
          title: t("items.received"),
          cell: (item) => (
            <time className={styles.when} dateTime={item.received_at} title={formats.full(new Date(item.received_at))}>
              {formats.day(new Date(item.received_at))}, {formats.time(new Date(item.received_at))}
            </time>
          ),
        },
      ]}
    />
  );
}
