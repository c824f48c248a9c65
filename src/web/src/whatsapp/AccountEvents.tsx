import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { ACCOUNT_EVENTS_PAGE, accountEvents } from "../api/api";
import { client } from "../api/client";
import type { AccountEvent, WhatsAppNumber } from "../api/types";
import { useFormats } from "../i18n/formats";
import { Button } from "../ui/Button";
import { Badge, Empty, Failure, Loading } from "../ui/State";
import { Table } from "../ui/Table";
import { reasonOf, subjectOf, toneOf } from "./accountEvents";
import styles from "./NumbersPage.module.css";

/** What Meta says of the account, its numbers and its templates, newest first. */
export function AccountEvents({ numbers }: { numbers: readonly WhatsAppNumber[] }) {
  const { t } = useTranslation("whatsapp");
  const list = useEvents();
  const formats = useFormats();
  const rows = list.data?.pages.flat() ?? [];
  if (list.error) return <Failure error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading lines={3} />;
  return (
    <>
      <Table
        caption={t("events.title")}
        rows={rows}
        rowKey={({ id }) => id}
        empty={<Empty icon="check" title={t("events.none")} />}
        columns={[
          {
            key: "when",
            title: t("events.when"),
            cell: ({ occurred_at }) => (
              <time className={styles.when} dateTime={occurred_at} title={formats.full(new Date(occurred_at))}>
                {formats.day(new Date(occurred_at))}, {formats.time(new Date(occurred_at))}
              </time>
            ),
          },
          { key: "field", title: t("events.field"), cell: ({ field }) => t(`events.fields.${field}`, { defaultValue: field }) },
          {
            key: "subject",
            title: t("events.subject"),
            cell: (event) => subjectOf(event) || numbers.find(({ id }) => id === event.whatsapp_number_id)?.display_name || "–",
          },
          {
            key: "event",
            title: t("events.event"),
            cell: (event) =>
              event.event ? <Badge tone={toneOf(event)}>{t(`events.words.${event.event}`, { defaultValue: event.event })}</Badge> : "–",
          },
          { key: "reason", title: t("events.reason"), cell: (event) => <span title={JSON.stringify(event.value)}>{reasonOf(event) || "–"}</span> },
        ]}
      />
      {list.hasNextPage && (
        <Button className={styles.more} busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("events.more")}
        </Button>
      )}
    </>
  );
}

/** Pages of events; they are loaded again when there is news. */
function useEvents() {
  const list = useInfiniteQuery({
    queryKey: ["account events"],
    queryFn: ({ pageParam }) => accountEvents(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: AccountEvent[]) => (page.length === ACCOUNT_EVENTS_PAGE ? page.at(-1)!.id : undefined),
    staleTime: 0,
  });
  const { refetch } = list;
  useEffect(() => client.onAccountEvent(() => void refetch()), [refetch]);
  return list;
}
