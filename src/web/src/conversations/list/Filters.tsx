import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { FILTERS } from "../../realtime/filters";
import styles from "./Filters.module.css";

/** Chooses which conversations are listed; the open one stays open. */
export function Filters() {
  const { t } = useTranslation("list");
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
          activeOptions={{ exact: true }}
        >
          {t(`filters.${filter}`)}
        </Link>
      ))}
    </nav>
  );
}
