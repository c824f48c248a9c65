import { useEffect, useRef, type ReactNode } from "react";
import { Brand } from "../../ui/Brand";
import { Preferences } from "../../ui/Preferences";
import styles from "./EntryPage.module.css";

/** A page for people who are not logged in: a card with a heading. */
export function EntryPage({ title, children }: { title: string; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // A step that has no field of its own to focus begins at its heading.
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus();
  }, [title]);
  return (
    <main className={styles.page}>
      <div className={styles.preferences}>
        <Preferences />
      </div>
      <div className={styles.card}>
        <Brand />
        <h1 ref={heading} tabIndex={-1} className={styles.title}>
          {title}
        </h1>
        {children}
      </div>
    </main>
  );
}
