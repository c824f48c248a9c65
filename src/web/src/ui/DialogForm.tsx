import type { ReactNode } from "react";
import styles from "./Dialog.module.css";

interface DialogFormProps {
  id: string;
  onSubmit: (data: FormData) => void;
  children: ReactNode;
}

/** The form in a dialog; the button that submits it stands with the dialog's actions and names its id. */
export function DialogForm({ id, onSubmit, children }: DialogFormProps) {
  return (
    <form
      id={id}
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(new FormData(event.currentTarget));
      }}
    >
      {children}
    </form>
  );
}
