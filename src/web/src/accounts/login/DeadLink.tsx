import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EntryPage } from "./EntryPage";
import styles from "./EntryPage.module.css";

/** A personal link that is not good any more: it was used, it is too old, or the page was loaded again without it. */
export function DeadLink({ kind }: { kind: "reset" | "invitation" }) {
  const { t } = useTranslation("login");
  return (
    <EntryPage title={t(`${kind}.deadTitle`)}>
      <p role="status">{t(`${kind}.dead`)}</p>
      <p className={styles.links}>
        {kind === "reset" && <Link to="/forgot">{t("forgot.again")}</Link>}
        <Link to="/login">{t("toLogin")}</Link>
      </p>
    </EntryPage>
  );
}
