import type { ReactNode } from "react";
import styles from "./ErrorNote.module.css";

interface ErrorNoteProps {
  /** It has just happened, so that a screen reader reads it out. */
  isNew?: boolean;
  children: ReactNode;
}

/** What went wrong, in words, with actions. */
export function ErrorNote({ isNew = false, children }: ErrorNoteProps) {
  return (
    <div className={styles.note} role={isNew ? "alert" : undefined}>
      {children}
    </div>
  );
}

interface ErrorActionProps {
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
}

/** What can be done about an error. */
export function ErrorAction({ disabled, onClick, children }: ErrorActionProps) {
  return (
    <button type="button" className={styles.action} disabled={disabled} onClick={onClick}>
      {children}
    </button>
  );
}
