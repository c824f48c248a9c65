import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/formats";
import { Badge } from "../ui/State";
import { Card, Words } from "./Card";
import styles from "./Outbound.module.css";
import type { Outbound as OutboundSummary } from "./snapshot";
import { duration } from "./units";

/** What waits to be sent to WhatsApp, and why it does not go out. */
export function Outbound({ outbound }: { outbound: OutboundSummary | null }) {
  const { t } = useTranslation("operations");
  const formats = useFormats();
  if (!outbound) return <Card><Words>{t("unknown")}</Words></Card>;
  const classes = Object.entries(outbound.by_error_class);
  return (
    <Card>
      <dl className={styles.counts}>
        {(["queued", "sending", "unknown"] as const).map((state) => (
          <div key={state}>
            <dt>{t(`outbound.${state}`)}</dt>
            <dd>{formats.number(outbound[state])}</dd>
          </div>
        ))}
        <div>
          <dt>{t("outbound.oldest")}</dt>
          <dd>{outbound.oldest_age_ms > 0 ? duration(outbound.oldest_age_ms, formats) : "–"}</dd>
        </div>
      </dl>
      <h3 className={styles.heading}>{t("outbound.errors")}</h3>
      {classes.length === 0 ? (
        <Words>{t("outbound.noErrors")}</Words>
      ) : (
        <ul className={styles.errors}>
          {classes.map(([name, count]) => (
            <li key={name}>
              <Badge tone={name === "credentials" ? "danger" : "warning"}>{formats.number(count)}</Badge>
              {t(`errorClasses.${name}`, { defaultValue: name })}
            </li>
          ))}
        </ul>
      )}
      {outbound.stopped_numbers.map((number) => (
        <p key={number.id} className={styles.stopped} role="alert">
          <strong>{t("outbound.stopped", { name: number.display_name, count: number.waiting })}</strong>
          {number.reason && <span>{number.reason}</span>}
        </p>
      ))}
    </Card>
  );
}
