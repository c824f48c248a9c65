import { useTranslation } from "react-i18next";
import { useStore } from "../state/store";
import styles from "./ConnectionBar.module.css";
import { useLive } from "./LiveProvider";

/** A bar that says that there is no connection; nothing while there is one. */
export function ConnectionBar() {
  const { t } = useTranslation("realtime");
  const { connection } = useLive();
  const status = useStore(connection.state, (state) => state.status);
  if (status !== "reconnecting") return null;
  return <p className={styles.bar}>{t("banner")}</p>;
}
