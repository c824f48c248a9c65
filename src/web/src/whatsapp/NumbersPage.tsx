import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { numbers } from "../api/api";
import type { WhatsAppNumber } from "../api/types";
import { useServerWords } from "../api/useServerWords";
import { Button } from "../ui/Button";
import { PagePart } from "../ui/PagePart";
import { Badge, Empty, Failure, Loading } from "../ui/State";
import { Table } from "../ui/Table";
import { AccountEvents } from "./AccountEvents";
import { ErrorWords } from "./ErrorWords";
import styles from "./NumbersPage.module.css";

/** The organization's WhatsApp numbers, and what Meta says of them, for its administrators. */
export default function NumbersPage() {
  const { t } = useTranslation("whatsapp");
  const { data, error, refetch } = useQuery({ queryKey: ["numbers"], queryFn: numbers.list });
  return (
    <div className={styles.page}>
      <PagePart title={t("numbers.title")}>
        {error ? <Failure error={error} onRetry={() => void refetch()} /> : !data ? <Loading lines={2} /> : <Numbers rows={data} />}
      </PagePart>
      <PagePart title={t("events.title")}>
        <AccountEvents numbers={data ?? []} />
      </PagePart>
    </div>
  );
}

function Numbers({ rows }: { rows: WhatsAppNumber[] }) {
  const { t } = useTranslation("whatsapp");
  return (
    <Table
      caption={t("numbers.title")}
      rows={rows}
      rowKey={({ id }) => id}
      empty={<Empty icon="phone" title={t("numbers.none")} />}
      columns={[
        { key: "name", title: t("numbers.name"), cell: (number) => number.display_name },
        { key: "number", title: t("numbers.number"), cell: (number) => number.phone_number },
        { key: "state", title: t("numbers.state"), cell: (number) => <State number={number} /> },
      ]}
    />
  );
}

function State({ number }: { number: WhatsAppNumber }) {
  const { t } = useTranslation("whatsapp");
  if (!number.is_active) return <Badge>{t("numbers.inactive")}</Badge>;
  if (!number.sending_stopped_at) return <Badge tone="good">{t("numbers.sends")}</Badge>;
  return (
    <div className={styles.stopped}>
      <Badge tone="danger">{t("numbers.stopped")}</Badge>
      <ErrorWords code={number.sending_stopped_code} message={number.sending_stopped_reason} />
      <Resume number={number} />
    </div>
  );
}

function Resume({ number }: { number: WhatsAppNumber }) {
  const { t } = useTranslation("whatsapp");
  const queries = useQueryClient();
  const words = useServerWords();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => numbers.resume(number.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["numbers"] }),
  });
  return (
    <>
      <Button busy={isPending} onClick={() => mutate()}>
        {t("numbers.resume")}
      </Button>
      {error && <p role="alert">{words(error.message)}</p>}
    </>
  );
}
