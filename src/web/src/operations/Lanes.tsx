import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/formats";
import { classes } from "../ui/classes";
import { Card, Words } from "./Card";
import styles from "./Lanes.module.css";
import type { Lane } from "./snapshot";
import { duration } from "./units";

const LANES = 64;
const OLD_MS = 10_000;
const SHOWN = 5;

/** All lanes as a field, and the ones that have waited longest in words. */
export function Lanes({ lanes }: { lanes: readonly Lane[] | null }) {
  const { t } = useTranslation("operations");
  const formats = useFormats();
  const busy = new Map((lanes ?? []).map((lane) => [lane.lane, lane]));
  const deepest = Math.max(1, ...(lanes ?? []).map((lane) => lane.depth));
  const oldest = [...(lanes ?? [])].sort((a, b) => b.oldest_age_ms - a.oldest_age_ms).slice(0, SHOWN);
  return (
    <Card>
      <div className={styles.field} role="img" aria-label={t("lanes.field", { count: busy.size, lanes: LANES })}>
        {Array.from({ length: LANES }, (_, number) => {
          const lane = busy.get(number);
          return (
            <span
              key={number}
              className={classes(styles.lane, lane && styles.busy, lane && lane.oldest_age_ms > OLD_MS && styles.old)}
              style={lane && { "--fill": 0.35 + 0.65 * (lane.depth / deepest) }}
              title={lane ? t("lanes.one", { lane: number, count: lane.depth, age: duration(lane.oldest_age_ms, formats) }) : undefined}
            />
          );
        })}
      </div>
      {lanes === null && <Words>{t("unknown")}</Words>}
      {lanes?.length === 0 && <Words>{t("lanes.none")}</Words>}
      {oldest.length > 0 && (
        <ol className={styles.list}>
          {oldest.map((lane) => (
            <li key={lane.lane}>
              {t("lanes.one", { lane: lane.lane, count: lane.depth, age: duration(lane.oldest_age_ms, formats) })}
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
