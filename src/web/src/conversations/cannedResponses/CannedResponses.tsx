import { useTranslation } from "react-i18next";
import styles from "./CannedResponses.module.css";
import type { Canned } from "./useCanned";

/** The canned responses that match a text with a slash, above the text field, which handles the keys. */
export function CannedResponses({ canned }: { canned: Canned }) {
  const { t } = useTranslation("conversations");
  if (!canned.isOpen) return null;
  return (
    <ul id={canned.listId} role="listbox" aria-label={t("cannedResponses")} className={styles.list}>
      {canned.matches.map(({ id, short_code, text }, index) => (
        <li
          key={id}
          id={canned.optionId(index)}
          role="option"
          aria-selected={index === canned.chosen}
          className={styles.option}
          onMouseDown={(event) => {
            event.preventDefault();
            canned.choose(index);
          }}
        >
          <span className={styles.code}>/{short_code}</span>
          <span className={styles.text}>{text}</span>
        </li>
      ))}
    </ul>
  );
}
