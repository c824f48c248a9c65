import type { ReactNode } from "react";
import styles from "./Card.module.css";

/** What is told of one part, framed. */
export function Card({ children }: { children: ReactNode }) {
  return <div className={styles.card}>{children}</div>;
}

/** A line in a card that is no figure. */
export function Words({ children }: { children: ReactNode }) {
  return <p className={styles.words}>{children}</p>;
}
