import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../i18n/formats";
import { FILTERS, type Filter } from "../../realtime/filters";
import { useLive } from "../../realtime/LiveProvider";
import { useStore } from "../../state/store";
import styles from "./Filters.module.css";

/** The largest count that is written out. */
const MOST = 999;

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
          search={(search) => ({ ...search, filter: filter === "open" ? undefined : filter })}
          className={styles.filter}
          activeOptions={{ exact: true }}
        >
          {t(`filters.${filter}`)}
          {filter !== "closed" && <Count filter={filter} />}
        </Link>
      ))}
    </nav>
  );
}

/** How many conversations a filter has; nothing until the server has said it. */
function Count({ filter }: { filter: Exclude<Filter, "closed"> }) {
  const { t } = useTranslation("list");
  const formats = useFormats();
  const { inbox } = useLive();
  const count = useStore(inbox.counts, (counts) => counts?.[filter]);
  if (count === undefined) return null;
  return (
    <span className={styles.count}>
      <span aria-hidden="true">{count > MOST ? `${formats.number(MOST)}+` : formats.number(count)}</span>
      <span className="visually-hidden">{t("count", { count })}</span>
    </span>
  );
}
