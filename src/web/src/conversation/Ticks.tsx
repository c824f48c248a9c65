import type { Message, MessageStatusName } from "pytake-client";
import { useTranslation } from "react-i18next";
import { classes } from "../ui/classes";
import styles from "./Ticks.module.css";

/** How far our message has come, as WhatsApp draws it and in words. */
export function Ticks({ message: { status } }: { message: Pick<Message, "status"> }) {
  const { t } = useTranslation("conversation");
  const words = t(`statuses.${status}`);
  return (
    <span className={classes(styles.ticks, status === "read" && styles.read, status === "failed" && styles.failed)} title={words}>
      <svg width="18" height="12" viewBox="0 0 18 12" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
        <path d={SHAPES[status] ?? SHAPES.pending} />
      </svg>
      <span className="visually-hidden">{words}</span>
    </span>
  );
}

const DOUBLE = "m1.500 6.500 3.200 3.200L11.500 2M8.200 9.200l.7.5L16 2";
const SHAPES: Partial<Record<MessageStatusName, string>> = {
  pending: "M9 11A5 5 0 1 0 9 1a5 5 0 0 0 0 10ZM9 3.500V6l1.700 1",
  sent: "m4 6.500 3.200 3.200L14 2",
  delivered: DOUBLE,
  read: DOUBLE,
  failed: "M9 1v6M9 10v.2",
};
