import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/formats";
import { classes } from "../ui/classes";
import { Card, Words } from "./Card";
import type { Partition } from "./live/snapshot";
import styles from "./Partitions.module.css";
import { duration } from "./units";

const PARTITIONS = 64;
const OLD_MS = 10_000;
const SHOWN = 5;

/** The partitions of the webhook queue, each a square, and those that have waited longest in words. */
export function Partitions({ partitions }: { partitions: readonly Partition[] | null }) {
  const { t } = useTranslation("operations");
  const formats = useFormats();
  const busy = new Map((partitions ?? []).map((partition) => [partition.lane, partition]));
  const deepest = Math.max(1, ...(partitions ?? []).map(({ depth }) => depth));
  const oldest = [...(partitions ?? [])].sort((a, b) => b.oldest_age_ms - a.oldest_age_ms).slice(0, SHOWN);
  const words = ({ lane, depth, oldest_age_ms }: Partition) =>
    t("partitions.one", { partition: lane, count: depth, age: duration(oldest_age_ms, formats) });
  return (
    <Card>
      <div className={styles.field} role="img" aria-label={t("partitions.field", { count: busy.size, partitions: PARTITIONS })}>
        {Array.from({ length: PARTITIONS }, (_, number) => {
          const partition = busy.get(number);
          return (
            <span
              key={number}
              className={classes(styles.partition, partition && styles.busy, partition && partition.oldest_age_ms > OLD_MS && styles.old)}
              style={partition && { "--fill": 0.35 + 0.65 * (partition.depth / deepest) }}
              title={partition && words(partition)}
            />
          );
        })}
      </div>
      {partitions === null && <Words>{t("unknown")}</Words>}
      {partitions?.length === 0 && <Words>{t("partitions.none")}</Words>}
      {oldest.length > 0 && (
        <ol className={styles.list}>
          {oldest.map((partition) => (
            <li key={partition.lane}>{words(partition)}</li>
          ))}
        </ol>
      )}
    </Card>
  );
}
