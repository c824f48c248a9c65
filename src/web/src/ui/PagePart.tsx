import type { ReactNode } from "react";
import styles from "./PagePart.module.css";

/** A part of a page under its title. */
export function PagePart({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.part}>
      <h2 className={styles.title}>{title}</h2>
      {children}
    </section>
  );
}
