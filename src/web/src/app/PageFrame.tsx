import { Suspense, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../accounts/SessionContext";
import { classes } from "../ui/classes";
import { Loading } from "../ui/State";
import { Forbidden } from "./Forbidden";
import styles from "./PageFrame.module.css";
import type { Page as PageEntry } from "./pages";
import { SettingsNavigation } from "./SettingsNavigation";

/** A page with its heading, or the reason why the user may not see it. */
export function Page({ page, children }: { page: PageEntry; children: ReactNode }) {
  const { t } = useTranslation();
  const { permissions } = useMe();
  const allowed = page.permission === undefined || permissions.includes(page.permission);
  const isSetting = page.place === "settings" && allowed;
  return (
    <main className={classes(styles.page, isSetting && styles.settings, page.place === "menu" && styles.narrow)}>
      {isSetting && <SettingsNavigation />}
      <div className={styles.content}>
        <h1 className={styles.heading}>{t(`pages.${page.name}`)}</h1>
        {allowed ? <Suspense fallback={<Loading />}>{children}</Suspense> : <Forbidden />}
      </div>
    </main>
  );
}
