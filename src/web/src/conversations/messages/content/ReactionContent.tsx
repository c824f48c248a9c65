import { useTranslation } from "react-i18next";
import styles from "./Content.module.css";

export function ReactionContent({ content }: { content: Record<string, unknown> }) {
  const { t } = useTranslation("conversations");
  return <p className={styles.plain}>{t("reacted", { emoji: String(content.emoji ?? "") })}</p>;
}
