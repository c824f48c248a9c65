import { Suspense, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../accounts/SessionContext";
import { Empty, Loading } from "../ui/State";
import styles from "./PageFrame.module.css";
import type { Page as PageEntry } from "./pages";

/** A page with its heading, or the reason why the user may not see it. */
export function Page({ page, children }: { page: PageEntry; children: ReactNode }) {
  const { t } = useTranslation();
  const { permissions } = useMe();
  const allowed = page.permission === undefined || permissions.includes(page.permission);
  return (
    <main className={styles.page}>
      <h1 className={styles.heading}>{t(`pages.${page.name}`)}</h1>
      {allowed ? (
        <Suspense fallback={<Loading />}>{children}</Suspense>
      ) : (
        <Empty icon="warning" title={t("forbidden.title")}>
          {t("forbidden.words")}
        </Empty>
      )}
    </main>
  );
}
