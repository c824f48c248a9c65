import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../accounts/SessionContext";
import { useLogOut } from "../accounts/useLogOut";
import { Avatar } from "../ui/Avatar";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "../ui/Menu";
import { PreferenceChoices } from "../ui/Preferences";
import { pagesOf } from "./pages";
import styles from "./UserMenu.module.css";

export function UserMenu() {
  const { t } = useTranslation();
  const { logOut, dialog } = useLogOut();
  const { full_name, email, role, permissions } = useMe();
  const navigate = useNavigate();
  return (
    <>
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
        {pagesOf("menu", permissions).map(({ path, icon, name }) => (
          <MenuItem key={path} icon={icon} onSelect={() => void navigate({ to: path })}>
            {t(`pages.${name}`)}
          </MenuItem>
        ))}
        <MenuSeparator />
        <PreferenceChoices />
        <MenuSeparator />
        <MenuItem icon="logout" onSelect={logOut}>
          {t("accounts:logOut")}
        </MenuItem>
      </Menu>
      {dialog}
    </>
  );
}
