import type { ReactNode } from "react";
import styles from "./Card.module.css";

/** A frame around one part of the page. */
export function Card({ children }: { children: ReactNode }) {
  return <div className={styles.card}>{children}</div>;
}

/** A line of text in a card. */
export function Words({ children }: { children: ReactNode }) {
  return <p className={styles.words}>{children}</p>;
}
