import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty } from "../ui/State";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <main>
      <h1 className="visually-hidden">{t("notFound.title")}</h1>
      <Empty icon="search" title={t("notFound.title")}>
        <Link to="/inbox">{t("notFound.home")}</Link>
      </Empty>
    </main>
  );
}
