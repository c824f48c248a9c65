import type { Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import { classes } from "../../ui/classes";
import { TickMark } from "../../ui/TickMark";
import styles from "./Ticks.module.css";

/** The status of a message that was sent from here. */
export function Ticks({ message: { status } }: { message: Pick<Message, "status"> }) {
  const { t } = useTranslation("conversations");
  const words = t(`statuses.${status}`);
  return (
    <span className={classes(styles.ticks, status === "read" && styles.read, status === "failed" && styles.failed)} title={words}>
      <TickMark status={status} />
      <span className="visually-hidden">{words}</span>
    </span>
  );
}
