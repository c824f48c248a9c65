import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../accounts/SessionContext";
import { Icon } from "../ui/Icon";
import { pagesOf } from "./pages";
import styles from "./SettingsNavigation.module.css";

/** The pages of the settings, beside each of them, or above it where there is no room. */
export function SettingsNavigation() {
  const { t } = useTranslation();
  const { permissions } = useMe();
  return (
    <nav className={styles.navigation} aria-label={t("pages.settings")}>
      {pagesOf("settings", permissions).map(({ path, icon, name }) => (
        <Link key={path} to={path} className={styles.link} activeProps={{ "aria-current": "page" }}>
          <Icon name={icon} size={18} />
          {t(`pages.${name}`)}
        </Link>
      ))}
    </nav>
  );
}
