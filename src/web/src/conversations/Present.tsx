import { useTranslation } from "react-i18next";
import { useLive } from "../realtime/LiveProvider";
import { peopleIn, type Person } from "../realtime/People";
import { useStore } from "../state/store";
import { Avatar } from "../ui/Avatar";
import styles from "./Present.module.css";

const MOST = 3;

/** Who else views the conversation, and who of them types, so that no customer is answered twice. */
export function Present({ conversationId }: { conversationId: string }) {
  const { t, i18n } = useTranslation("conversations");
  const { people } = useLive();
  const typing = useStore(people.typing, peopleIn(conversationId));
  const viewing = useStore(people.viewing, peopleIn(conversationId));
  const names = (persons: readonly Person[]) =>
    new Intl.ListFormat(i18n.language, { type: "conjunction" }).format(persons.map(({ name }) => name));

  const words =
    typing.length > 0
      ? t("header.typing", { count: typing.length, names: names(typing) })
      : viewing.length > 0
        ? t("header.viewing", { count: viewing.length, names: names(viewing) })
        : "";
  return (
    <div className={styles.present} title={words}>
      <span className={styles.faces}>
        {viewing.slice(0, MOST).map(({ id, name }) => (
          <Avatar key={id} name={name} size="s" />
        ))}
        {viewing.length > MOST && <span className={styles.more}>+{viewing.length - MOST}</span>}
      </span>
      <span role="status" className={typing.length > 0 ? styles.typing : "visually-hidden"}>
        {words}
      </span>
    </div>
  );
}
