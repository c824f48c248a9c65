import { classes } from "../../ui/classes";
import { HISTORY } from "../live/operationsState";
import { curveOf, HEIGHT, WIDTH } from "./sparkline";
import styles from "./Sparkline.module.css";

interface SparklineProps {
  /** What the curve shows, in words. */
  label: string;
  values: readonly (number | null)[];
  /** The smallest value at the top of the chart, so that a quiet series stays low. */
  least?: number;
  tone?: "accent" | "warning" | "danger";
}

/** The last two minutes as a small curve. */
export function Sparkline({ label, values, least = 1, tone = "accent" }: SparklineProps) {
  const { line, area, end } = curveOf(values, HISTORY, least);
  return (
    <svg className={classes(styles.chart, styles[tone])} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path className={styles.area} d={area} />
      <path className={styles.line} d={line} />
      {end && <path className={styles.end} d={`M${end.x} ${end.y}h0`} />}
    </svg>
  );
}
