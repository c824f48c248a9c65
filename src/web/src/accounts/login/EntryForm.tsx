import type { ReactNode } from "react";
import { Button } from "../../ui/Button";
import styles from "./EntryPage.module.css";

interface EntryFormProps {
  /** The words on its button. */
  submit: string;
  busy: boolean;
  onSubmit: (data: FormData) => void;
  children: ReactNode;
}

/** A form in the card of an entry page. */
export function EntryForm({ submit, busy, onSubmit, children }: EntryFormProps) {
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) onSubmit(new FormData(event.currentTarget));
      }}
    >
      {children}
      <Button type="submit" look="primary" busy={busy} className={styles.submit}>
        {submit}
      </Button>
    </form>
  );
}
