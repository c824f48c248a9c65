import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { FILTERS } from "./filters";
import styles from "./Filters.module.css";
import { useView } from "./useView";

/** Which conversations are listed; the open one stays open. */
export function Filters() {
  const { t } = useTranslation("inbox");
  const view = useView();
  const { conversationId } = useParams({ strict: false });
  return (
    <nav className={styles.filters} aria-label={t("filters.name")}>
      {FILTERS.map((filter) => (
        <Link
          key={filter}
          {...(conversationId
            ? { to: "/inbox/$conversationId" as const, params: { conversationId } }
            : { to: "/inbox" as const })}
          search={{ filter: filter === "open" ? undefined : filter }}
          className={styles.filter}
          aria-current={"filter" in view && view.filter === filter ? "true" : undefined}
          activeProps={{}}
        >
          {t(`filters.${filter}`)}
        </Link>
      ))}
    </nav>
  );
}
