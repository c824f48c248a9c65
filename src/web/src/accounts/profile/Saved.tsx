import type { ReactNode } from "react";
import { Icon } from "../../ui/Icon";
import styles from "./Profile.module.css";

/** Says that something was done; a screen reader reads it out. */
export function Saved({ isShown, children }: { isShown: boolean; children: ReactNode }) {
  return (
    <span className={styles.saved} role="status">
      {isShown && (
        <>
          <Icon name="check" size={16} />
          {children}
        </>
      )}
    </span>
  );
}
