import type { ReactNode } from "react";
import styles from "./Dialog.module.css";

interface DialogFormProps {
  id: string;
  onSubmit: (data: FormData) => void;
  children: ReactNode;
}

/** A form in a dialog. The button that submits it is among the dialog's actions, with this id as its `form`. */
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
