import { useTranslation } from "react-i18next";
import { Icon } from "../../../ui/Icon";
import styles from "./Content.module.css";

/** The parts of the Graph API's contacts that are shown. */
interface SharedContact {
  name?: { formatted_name?: string };
  phones?: { phone?: string }[];
  emails?: { email?: string }[];
}

export function ContactsContent({ content }: { content: Record<string, unknown> }) {
  const { t } = useTranslation("conversations");
  const contacts = (Array.isArray(content.contacts) ? content.contacts : []) as SharedContact[];
  return contacts.map(({ name, phones, emails }, index) => (
    <div key={index} className={styles.card}>
      <Icon name="contact" size={24} />
      <div className={styles.cardText}>
        <p className={styles.cardTitle}>{name?.formatted_name ?? t("types.contacts")}</p>
        <p className={styles.cardDetail}>
          {[...(phones ?? []).map(({ phone }) => phone), ...(emails ?? []).map(({ email }) => email)].filter(Boolean).join(" · ")}
        </p>
      </div>
    </div>
  ));
}
