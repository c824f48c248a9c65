import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Problem } from "../Problem";
import styles from "./EntryPage.module.css";
import type { PasskeyLogin } from "./usePasskeyLogin";

/** Logs in with a passkey; nothing where the browser has none. */
export function PasskeyButton({ login }: { login: PasskeyLogin }) {
  const { t } = useTranslation("login");
  if (!login.isPossible) return null;
  return (
    <>
      <span className={styles.or}>{t("or")}</span>
      <Button icon="key" className={styles.submit} busy={login.busy} onClick={login.start}>
        {t("passkey")}
      </Button>
      <Problem failure={login.failure} />
    </>
  );
}
