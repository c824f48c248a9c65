import type { Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import styles from "./Reactions.module.css";

interface Reaction {
  emoji: string;
  sender_type: "contact" | "agent";
}

/** What the customer and we feel about a message: one each, as WhatsApp has it. */
export function Reactions({ message }: { message: Message }) {
  const { t } = useTranslation("conversation");
  const reactions = (message.reactions ?? []) as Reaction[];
  if (reactions.length === 0) return null;
  return (
    <ul className={styles.reactions} aria-label={t("reactions")}>
      {reactions.map(({ emoji, sender_type }) => (
        <li key={sender_type} title={t(`reactedBy.${sender_type}`)}>
          <span className="visually-hidden">{t(`reactedBy.${sender_type}`)}: </span>
          {emoji}
        </li>
      ))}
    </ul>
  );
}
