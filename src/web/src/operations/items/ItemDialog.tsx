import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ServerError } from "../../api/ServerError";
import { useFormats } from "../../i18n/formats";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Fact } from "../../ui/Fact";
import { Failure, Loading } from "../../ui/State";
import styles from "./ItemDialog.module.css";
import { items, type ItemDetail } from "./items";
import { ItemState } from "./ItemState";
import { pretty } from "./pretty";

interface ItemDialogProps {
  id: number;
  onClose: () => void;
  /** The item was replayed or discarded. */
  onDone: () => void;
}

/** One item with the webhook that it came in, to be replayed or discarded. */
export function ItemDialog({ id, onClose, onDone }: ItemDialogProps) {
  const { t } = useTranslation("operations");
  const [confirming, setConfirming] = useState(false);
  const { data, error } = useQuery({ queryKey: ["ops", "item", id], queryFn: () => items.get(id), staleTime: 0, retry: false });
  const act = useMutation({
    mutationFn: (action: "replay" | "discard") => items[action](id),
    onSuccess: () => {
      onDone();
      onClose();
    },
  });
  return (
    <Dialog
      wide
      title={t("item.title", { id })}
      onClose={onClose}
      actions={
        data &&
        data.state !== "pending" && (
          <Actions confirming={confirming} busy={act.isPending} onConfirm={setConfirming} onAct={(action) => act.mutate(action)} />
        )
      }
    >
      {error ? <Failure error={error} /> : data ? <Details item={data} /> : <Loading lines={3} />}
      <ServerError error={act.error} />
    </Dialog>
  );
}

interface ActionsProps {
  confirming: boolean;
  busy: boolean;
  onConfirm: (confirming: boolean) => void;
  onAct: (action: "replay" | "discard") => void;
}

function Actions({ confirming, busy, onConfirm, onAct }: ActionsProps) {
  const { t } = useTranslation("operations");
  if (confirming) {
    return (
      <>
        <p className={styles.question} role="alert">
          {t("item.sure")}
        </p>
        <Button onClick={() => onConfirm(false)} autoFocus>
          {t("item.keep")}
        </Button>
        <Button look="danger" icon="trash" busy={busy} onClick={() => onAct("discard")}>
          {t("item.discardSure")}
        </Button>
      </>
    );
  }
  return (
    <>
      <Button look="danger" icon="trash" onClick={() => onConfirm(true)}>
        {t("item.discard")}
      </Button>
      <Button look="primary" icon="reopen" busy={busy} onClick={() => onAct("replay")}>
        {t("item.replay")}
      </Button>
    </>
  );
}

function Details({ item }: { item: ItemDetail }) {
  const { t } = useTranslation("operations");
  const formats = useFormats();
  return (
    <>
      {item.error && <p className={styles.error}>{item.error}</p>}
      <dl className={styles.facts}>
        <Fact name={t("items.state")}>
          <ItemState item={item} />
        </Fact>
        <Fact name={t("items.kind")}>{t(`kinds.${item.kind}`, { defaultValue: item.kind })}</Fact>
        <Fact name={t("items.attempts")}>{formats.number(item.attempts)}</Fact>
        <Fact name={t("item.partition")}>{item.lane}</Fact>
        <Fact name={t("item.number")}>{item.phone_number_id}</Fact>
        <Fact name={t("items.received")}>{formats.full(new Date(item.received_at))}</Fact>
        {item.due_at && <Fact name={t("item.due")}>{formats.full(new Date(item.due_at))}</Fact>}
      </dl>
      <section>
        <h3 className={styles.heading}>{t("item.payload")}</h3>
        <pre className={styles.payload} tabIndex={0} aria-label={t("item.payload")}>
          {pretty(item.payload)}
        </pre>
      </section>
    </>
  );
}
