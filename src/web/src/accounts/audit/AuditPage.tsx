import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AUDIT_PAGE, auditEvents, type AuditEvent, type AuditFilter } from "../../api/audit";
import { useFormats } from "../../i18n/formats";
import { Button } from "../../ui/Button";
import { SelectField } from "../../ui/Field";
import { Badge, Empty, Failure, Loading } from "../../ui/State";
import { Table } from "../../ui/Table";
import { useUsers } from "../useUsers";
import { ACTIONS, factsOf, isAlarming } from "./actions";
import styles from "./AuditPage.module.css";

/** Who did what when, for administrators. */
export default function AuditPage() {
  const { t } = useTranslation("audit");
  const [filter, setFilter] = useState<AuditFilter>({});
  return (
    <div className={styles.page}>
      <p className={styles.muted}>{t("words")}</p>
      <Filters filter={filter} onChange={setFilter} />
      <Events filter={filter} />
    </div>
  );
}

function Filters({ filter, onChange }: { filter: AuditFilter; onChange: (filter: AuditFilter) => void }) {
  const { t } = useTranslation("audit");
  const users = [...useUsers().values()].sort((a, b) => a.full_name.localeCompare(b.full_name));
  return (
    <div className={styles.filters} role="search">
      <SelectField label={t("who")} value={filter.actorId ?? ""} onChange={(event) => onChange({ ...filter, actorId: event.currentTarget.value })}>
        <option value="">{t("everybody")}</option>
        {users.map(({ id, full_name }) => (
          <option key={id} value={id}>
            {full_name}
          </option>
        ))}
      </SelectField>
      <SelectField label={t("what")} value={filter.action ?? ""} onChange={(event) => onChange({ ...filter, action: event.currentTarget.value })}>
        <option value="">{t("everything")}</option>
        {ACTIONS.map((action) => (
          <option key={action} value={action}>
            {t(`actions.${action}`)}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

function Events({ filter }: { filter: AuditFilter }) {
  const { t } = useTranslation("audit");
  const list = useEvents(filter);
  if (list.error) return <Failure error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading lines={6} />;
  return (
    <>
      <Table
        stacks
        caption={t("title")}
        rows={list.data.pages.flat()}
        rowKey={({ id }) => id}
        empty={<Empty icon="list" title={t("none")} />}
        columns={[
          { key: "when", title: t("when"), cell: ({ created_at }) => <When at={new Date(created_at)} /> },
          { key: "who", title: t("who"), cell: ({ actor_name }) => actor_name ?? <span className={styles.muted}>{t("nobody")}</span> },
          { key: "what", title: t("what"), cell: (event) => <What event={event} /> },
          { key: "from", title: t("from"), cell: ({ address }) => address ?? "–" },
        ]}
      />
      {list.hasNextPage && (
        <Button className={styles.more} busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("more")}
        </Button>
      )}
    </>
  );
}

function When({ at }: { at: Date }) {
  const formats = useFormats();
  return (
    <time className={styles.when} dateTime={at.toISOString()} title={formats.full(at)}>
      {formats.day(at)}, {formats.time(at)}
    </time>
  );
}

/** What was done, to whom, and the facts of it. */
function What({ event: { action, subject, actor_id, details } }: { event: AuditEvent }) {
  const { t } = useTranslation("audit");
  const users = useUsers();
  const words = t(`actions.${action}`, { defaultValue: action });
  const person = subject && subject !== actor_id ? users.get(subject)?.full_name : undefined;
  const facts = factsOf(details).map(([name, value]) => `${t(`facts.${name}`, { defaultValue: name })}: ${t(`values.${value}`, { defaultValue: value })}`);
  return (
    <div className={styles.what}>
      <span>
        {isAlarming(action) ? <Badge tone="warning">{words}</Badge> : words}
        {person && <strong> {person}</strong>}
      </span>
      {facts.length > 0 && <span className={styles.muted}>{facts.join(" · ")}</span>}
    </div>
  );
}

/** Loaded a page at a time, each from the last event of the page before it. */
function useEvents(filter: AuditFilter) {
  return useInfiniteQuery({
    queryKey: ["audit", filter],
    queryFn: ({ pageParam }) => auditEvents(filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.length < AUDIT_PAGE ? undefined : page.at(-1)!.id),
    // What happened since the page was last open belongs to it.
    staleTime: 0,
  });
}
