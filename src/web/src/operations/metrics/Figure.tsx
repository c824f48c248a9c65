import type { ReactNode } from "react";
import { classes } from "../../ui/classes";
import styles from "./Figure.module.css";

interface FigureProps {
  title: string;
  value: string;
  /** A text beside the value, such as another percentile. */
  note?: ReactNode;
  tone?: "accent" | "warning" | "danger";
  children?: ReactNode;
}

/** One number that matters, with its curve. */
export function Figure({ title, value, note, tone = "accent", children }: FigureProps) {
  return (
    <article className={classes(styles.figure, styles[tone])}>
      <h3 className={styles.title}>{title}</h3>
      <p className={styles.value}>
        <strong>{value}</strong>
        {note && <span className={styles.note}>{note}</span>}
      </p>
      {children}
    </article>
  );
}
