import { useId, type ReactNode } from "react";
import styles from "./Section.module.css";

interface SectionProps {
  title: string;
  /** What it is good for. */
  words?: string;
  children: ReactNode;
}

/** One topic of a page of settings: what it is, and beside it what can be done. */
export function Section({ title, words, children }: SectionProps) {
  const heading = useId();
  return (
    <section className={styles.section} aria-labelledby={heading}>
      <div className={styles.head}>
        <h2 id={heading}>{title}</h2>
        {words && <p>{words}</p>}
      </div>
      <div className={styles.body}>{children}</div>
    </section>
  );
}

/** Sections one below the other. */
export function Sections({ children }: { children: ReactNode }) {
  return <div className={styles.sections}>{children}</div>;
}

/** Buttons in a row. */
export function Actions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}
