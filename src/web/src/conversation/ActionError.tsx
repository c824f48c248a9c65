import { useServerWords } from "../i18n/useServerWords";
import styles from "./Failed.module.css";

/** Why the server did not do it. */
export function ActionError({ error }: { error: Error | null }) {
  const words = useServerWords();
  return (
    error && (
      <p role="alert" className={styles.failed}>
        {words(error.message)}
      </p>
    )
  );
}
