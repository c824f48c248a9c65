import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../accounts/SessionContext";
import { ConnectionSign } from "../realtime/ConnectionSign";
import { Icon, type IconName } from "../ui/Icon";
import icon from "../ui/icon.svg";
import styles from "./Navigation.module.css";
import { pagesOf } from "./pages";
import { UserMenu } from "./UserMenu";

export function Navigation() {
  const { t } = useTranslation();
  const { permissions } = useMe();
  return (
    <nav className={styles.navigation} aria-label={t("navigation")}>
      <img className={styles.logo} src={icon} alt="" width={32} height={32} />
      <NavigationLink to="/inbox" icon="inbox" label={t("pages.inbox")} />
      {pagesOf(undefined, permissions).map((page) => (
        <NavigationLink key={page.path} to={page.path} icon={page.icon} label={t(`pages.${page.name}`)} />
      ))}
      {pagesOf("settings", permissions).length > 0 && <NavigationLink to="/settings" icon="settings" label={t("pages.settings")} />}
      <span className={styles.space} />
      <ConnectionSign />
      <UserMenu />
    </nav>
  );
}

function NavigationLink({ to, icon: name, label }: { to: string; icon: IconName; label: string }) {
  return (
    <Link to={to} className={styles.link} aria-label={label} title={label} activeProps={{ "aria-current": "page" }}>
      <Icon name={name} size={22} />
    </Link>
  );
}
