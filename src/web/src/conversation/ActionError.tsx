import styles from "./Failed.module.css";

/** Why the server did not do it, in its words. */
export function ActionError({ error }: { error: Error | null }) {
  return (
    error && (
      <p role="alert" className={styles.failed}>
        {error.message}
      </p>
    )
  );
}
