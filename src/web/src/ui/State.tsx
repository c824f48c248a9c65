import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import styles from "./State.module.css";

/** Says that there is nothing to show, and why, and what the user can do. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className={styles.state}>
      <span className={styles.icon}>
        <Icon name={icon} size={26} />
      </span>
      <p className={styles.title}>{title}</p>
      {children && <div className={styles.words}>{children}</div>}
    </div>
  );
}

/** A placeholder while something is loading: grey lines. */
export function Loading({ lines = 6 }: { lines?: number }) {
  const { t } = useTranslation("ui");
  return (
    <div className={styles.loading} role="status">
      <span className="visually-hidden">{t("loading")}</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className={styles.line} />
      ))}
    </div>
  );
}

/** Says what could not be loaded, with a button to try again. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation("ui");
  return (
    <div className={styles.state} role="alert">
      <span className={styles.icon}>
        <Icon name="warning" size={26} />
      </span>
      <p className={styles.title}>{t("failed")}</p>
      <p className={styles.words}>{error instanceof Error ? error.message : String(error)}</p>
      {onRetry && <Button onClick={onRetry}>{t("retry")}</Button>}
    </div>
  );
}

/** A word about a state, so that the state is not shown by colour alone. */
export function Badge({ tone = "neutral", children }: { tone?: "neutral" | "good" | "warning" | "danger" | "info"; children: ReactNode }) {
  return <span className={`${styles.badge} ${styles[tone]}`}>{children}</span>;
}
