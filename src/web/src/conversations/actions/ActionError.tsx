import type { ReactNode } from "react";
import styles from "./ActionError.module.css";

/** Why an action of the header was refused, below the control that asked for it. */
export function ActionError({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className={styles.words}>
      {children}
    </p>
  );
}
