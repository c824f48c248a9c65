import { useTranslation } from "react-i18next";
import { useStore } from "../state/store";
import styles from "./ConnectionBar.module.css";
import { useLive } from "./LiveProvider";

/** Says in words that what is on the screen is not the newest; there is nothing to say while it is. */
export function ConnectionBar() {
  const { t } = useTranslation("realtime");
  const { connection } = useLive();
  const status = useStore(connection.state, (state) => state.status);
  if (status !== "reconnecting") return null;
  return <p className={styles.bar}>{t("banner")}</p>;
}
