import { useId, type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes } from "react";
import { classes } from "./classes";
import styles from "./Field.module.css";

interface Labelled {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
}

interface TextFieldProps extends Labelled, InputHTMLAttributes<HTMLInputElement> {
  ref?: Ref<HTMLInputElement>;
  /** A button after the field. */
  action?: ReactNode;
  /** The button is small, and at the end of the field itself. */
  actionInside?: boolean;
}

/** A text field with a label; a screen reader reads the hint or the error with it. */
export function TextField({ label, hint, error, action, actionInside = false, className, ...rest }: TextFieldProps) {
  return (
    <Labelling label={label} hint={hint} error={error}>
      {(ids) => (
        <span className={styles.row}>
          <input {...rest} {...ids} className={classes(styles.control, actionInside && styles.inside, className)} />
          {action}
        </span>
      )}
    </Labelling>
  );
}

export function SelectField({ label, hint, error, ...rest }: Labelled & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Labelling label={label} hint={hint} error={error}>
      {(ids) => <select {...rest} {...ids} className={styles.control} />}
    </Labelling>
  );
}

/** A box to tick, with its label after it. */
export function CheckField({ label, ...rest }: { label: string } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label>
      <input type="checkbox" {...rest} /> {label}
    </label>
  );
}

interface ControlIds {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

function Labelling({ label, hint, error, children }: Labelled & { children: (ids: ControlIds) => ReactNode }) {
  const id = useId();
  const words = error ?? hint;
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": words ? `${id}-words` : undefined, "aria-invalid": error ? true : undefined })}
      {words && (
        <p id={`${id}-words`} className={classes(styles.words, error !== undefined && styles.error)}>
          {words}
        </p>
      )}
    </div>
  );
}
