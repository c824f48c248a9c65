import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useUsers } from "../../accounts/useUsers";
import { numbers } from "../../api/api";
import type { Narrowing } from "../../realtime/filters";
import { useLive } from "../../realtime/LiveProvider";
import { useStore } from "../../state/store";
import { Icon } from "../../ui/Icon";
import { nameOf } from "../contacts/names";
import styles from "./Narrowed.module.css";
import { useNarrowing } from "./useView";

/** What the list is narrowed to; a click on one takes it back. */
export function Narrowed() {
  const { t } = useTranslation("list");
  const navigate = useNavigate();
  const narrowing = useNarrowing();
  const words = useWords();
  if (!narrowing) return null;
  const parts = (Object.keys(narrowing) as (keyof Narrowing)[]).filter((part) => narrowing[part] !== undefined);
  return (
    <ul className={styles.parts} aria-label={t("narrow.title")}>
      {parts.map((part) => (
        <li key={part}>
          <button
            type="button"
            className={styles.part}
            title={t("narrow.takeBack")}
            onClick={() => void navigate({ to: ".", search: (search) => ({ ...search, [part]: undefined }) })}
          >
            {words(part, narrowing)}
            <Icon name="close" size={14} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function useWords() {
  const { t } = useTranslation("list");
  const { inbox } = useLive();
  const users = useUsers();
  const { data: known = [] } = useQuery({ queryKey: ["numbers"], queryFn: numbers.list });
  const conversations = useStore(inbox.state, (state) => state.conversations);
  return (part: keyof Narrowing, { tag, agent, number, contact }: Narrowing): string => {
    switch (part) {
      case "tag":
        return t("narrow.withTag", { tag });
      case "agent":
        return t("narrow.withAgent", { name: users.get(agent!)?.full_name ?? "…" });
      case "number":
        return known.find(({ id }) => id === number)?.display_name ?? "…";
      case "contact": {
        const theirs = [...conversations.values()].find(({ contact_id }) => contact_id === contact);
        return t("narrow.ofContact", { name: theirs ? nameOf(theirs.contact) : "…" });
      }
      default:
        return t(`narrow.${part}`);
    }
  };
}
