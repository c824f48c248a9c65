import type { Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import { Refused } from "../Refused";
import styles from "./Reactions.module.css";
import { useReactions } from "./useReactions";

/** The reactions to a message: one of the customer's and one of ours, as in WhatsApp. */
export function Reactions({ message }: { message: Message }) {
  const { t } = useTranslation("conversations");
  const { reactions, refused } = useReactions(message);
  return (
    <>
      {refused && <Refused queued={refused} title={t("react.refused")} isNew />}
      {reactions.length > 0 && (
        <ul className={styles.reactions} aria-label={t("reactions")}>
          {reactions.map(({ emoji, sender_type }) => (
            <li key={sender_type} title={t(`reactedBy.${sender_type}`)}>
              <span className="visually-hidden">{t(`reactedBy.${sender_type}`)}: </span>
              {emoji}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
