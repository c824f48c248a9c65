import { useTranslation } from "react-i18next";
import { useFormats } from "../../i18n/formats";
import type { OperationsState, Point } from "../live/operationsState";
import type { Snapshot, Times } from "../live/snapshot";
import { duration } from "../units";
import { Figure } from "./Figure";
import styles from "./Figures.module.css";
import { Sparkline } from "./Sparkline";

/** Above these values an operator should look into it (README, "Operating it"). */
const SLOW_MS = 1_000;
const OLD_MS = 10_000;

export function Figures({ state, snapshot }: { state: OperationsState; snapshot: Snapshot }) {
  const { t } = useTranslation("operations");
  const formats = useFormats();
  const { history, lastTimes } = state;
  const last = history.at(-1)!;
  const unknown = t("unknown");
  const series = (key: keyof Point) => history.map((point) => point[key]);
  const count = (value: number | null) => (value === null ? unknown : formats.number(value));
  const deadLettered = snapshot.items && snapshot.items.parked + snapshot.items.dead;
  const oldest = last.oldest ?? 0;
  return (
    <div className={styles.figures}>
      <TimeFigure name="webhookToBrowser" times={lastTimes.webhookToBrowser} values={series("webhookToBrowser")} />
      <TimeFigure name="commitToFanOut" times={lastTimes.commitToFanOut} values={series("commitToFanOut")} />
      <Figure title={t("figures.messages")} value={t("perSecond", { value: formats.number(last.messages) })}>
        <Sparkline label={t("figures.messagesCurve")} values={series("messages")} least={4} />
      </Figure>
      <Figure title={t("figures.connections")} value={formats.number(last.connections)}>
        <Sparkline label={t("figures.connectionsCurve")} values={series("connections")} least={4} />
      </Figure>
      <Figure
        title={t("figures.waiting")}
        value={count(last.waiting)}
        note={oldest > 0 && t("oldest", { age: duration(oldest, formats) })}
        tone={oldest > OLD_MS ? "danger" : "accent"}
      >
        <Sparkline label={t("figures.waitingCurve")} values={series("waiting")} least={10} tone={oldest > OLD_MS ? "danger" : "accent"} />
      </Figure>
      <Figure
        title={t("figures.outbound")}
        value={count(last.outbound)}
        note={deadLettered ? t("figures.deadLettered", { count: deadLettered }) : undefined}
      >
        <Sparkline label={t("figures.outboundCurve")} values={series("outbound")} least={10} />
      </Figure>
    </div>
  );
}

interface TimeFigureProps {
  name: "webhookToBrowser" | "commitToFanOut";
  times: Times | undefined;
  values: readonly (number | null)[];
}

function TimeFigure({ name, times, values }: TimeFigureProps) {
  const { t } = useTranslation("operations");
  const formats = useFormats();
  const tone = times && times.p99_ms > SLOW_MS ? "warning" : "accent";
  return (
    <Figure
      title={t(`figures.${name}`)}
      value={times ? duration(times.p50_ms, formats) : t("nothingYet")}
      note={times && t("p99", { value: duration(times.p99_ms, formats) })}
      tone={tone}
    >
      <Sparkline label={t(`figures.${name}Curve`)} values={values} least={5} tone={tone} />
    </Figure>
  );
}
