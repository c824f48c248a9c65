import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/formats";
import { Fact } from "../ui/Fact";
import { Badge } from "../ui/State";
import { Card, Words } from "./Card";
import type { Outbound as OutboundSummary } from "./live/snapshot";
import styles from "./Outbound.module.css";
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
          <Fact key={state} name={t(`outbound.${state}`)}>
            {formats.number(outbound[state])}
          </Fact>
        ))}
        <Fact name={t("outbound.oldest")}>{outbound.oldest_age_ms > 0 && duration(outbound.oldest_age_ms, formats)}</Fact>
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
