import { useTranslation } from "react-i18next";
import { Icon } from "../../../ui/Icon";
import styles from "./Content.module.css";
import { objectOf, objectsOf, textOf } from "./untrusted";

/** Contact cards in the Graph API's shape. */
export function ContactsContent({ content }: { content: Record<string, unknown> }) {
  const { t } = useTranslation("conversations");
  return objectsOf(content.contacts).map(({ name, phones, emails }, index) => (
    <div key={index} className={styles.card}>
      <Icon name="contact" size={24} />
      <div className={styles.cardText}>
        <p className={styles.cardTitle}>{textOf(objectOf(name).formatted_name) ?? t("types.contacts")}</p>
        <p className={styles.cardDetail}>
          {[...objectsOf(phones).map(({ phone }) => textOf(phone)), ...objectsOf(emails).map(({ email }) => textOf(email))].filter(Boolean).join(" · ")}
        </p>
      </div>
    </div>
  ));
}
