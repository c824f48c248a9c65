import { useTranslation } from "react-i18next";
import { useMe, useSession } from "../accounts/SessionContext";
import { Avatar } from "../ui/Avatar";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "../ui/Menu";
import { PreferenceChoices } from "../ui/Preferences";
import styles from "./UserMenu.module.css";

export function UserMenu() {
  const { t } = useTranslation();
  const session = useSession();
  const { full_name, email, role } = useMe();
  return (
    <Menu
      trigger={
        <button type="button" className={styles.trigger} aria-label={t("account", { name: full_name })} title={full_name}>
          <Avatar name={full_name} />
        </button>
      }
    >
      <MenuLabel>
        <span className={styles.name}>{full_name}</span>
        <span className={styles.details}>
          {email} · {t(`roles.${role}`)}
        </span>
      </MenuLabel>
      <MenuSeparator />
      <PreferenceChoices />
      <MenuSeparator />
      <MenuItem icon="logout" onSelect={() => void session.logOut()}>
        {t("accounts:logOut")}
      </MenuItem>
    </Menu>
  );
}
