import { useTranslation } from "react-i18next";
import { useStore } from "../state/store";
import styles from "./ConnectionSign.module.css";
import { useLive } from "./LiveProvider";
import { isWaiting } from "./outbox";

type Sign = "live" | "catchingUp" | "reconnecting";

/** Shows whether the screen is up to date, and how many messages wait to be sent. */
export function ConnectionSign() {
  const { t } = useTranslation("realtime");
  const { connection, outbox } = useLive();
  const { status, node } = useStore(connection.state, (state) => state);
  const queued = useStore(outbox.queued, (all) => all.filter(isWaiting).length);
  const sign: Sign = status === "live" ? "live" : status === "catching_up" ? "catchingUp" : "reconnecting";
  const words = [t(sign), queued > 0 && t("queued", { count: queued })].filter(Boolean).join(" · ");

  return (
    <div className={styles.sign} data-sign={sign} data-node={node} role="status" title={node ? `${words} · ${node}` : words}>
      <span className={styles.dot} aria-hidden="true" />
      <span className="visually-hidden">{words}</span>
      {queued > 0 && (
        <span className={styles.count} aria-hidden="true">
          {queued}
        </span>
      )}
    </div>
  );
}
