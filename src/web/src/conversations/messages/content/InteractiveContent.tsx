import { useTranslation } from "react-i18next";
import { Icon } from "../../../ui/Icon";
import styles from "./Content.module.css";

interface Interactive {
  type?: string;
  header?: { text?: string };
  body?: { text?: string };
  footer?: { text?: string };
  action?: {
    button?: string;
    buttons?: { reply?: { id?: string; title?: string } }[];
    sections?: { title?: string; rows?: { id?: string; title?: string; description?: string }[] }[];
  };
}

/** Kinds that may be sent without words of ours: WhatsApp shows its own. */
const WORDLESS = ["product", "call_permission_request"] as const;

/** Buttons or a list that were sent to the customer, whose choice is a separate message. */
export function InteractiveContent({ content }: { content: Record<string, unknown> }) {
  const { t } = useTranslation("conversations");
  const { type, header, body, footer, action } = content as Interactive;
  const wordless = body?.text ? undefined : WORDLESS.find((kind) => kind === type);
  const rows = (action?.sections ?? []).flatMap((section) => section.rows ?? []);
  return (
    <>
      {header?.text && <p className={styles.heading}>{header.text}</p>}
      <p className={styles.text}>{wordless ? t(`wordless.${wordless}`) : body?.text}</p>
      {footer?.text && <p className={styles.footer}>{footer.text}</p>}
      <ul className={styles.options} aria-label={t("offered")}>
        {(action?.buttons ?? []).map(({ reply }, index) => (
          <li key={reply?.id ?? index} className={styles.option}>
            {reply?.title}
          </li>
        ))}
        {rows.map(({ id, title, description }, index) => (
          <li key={id ?? index} className={styles.option}>
            <Icon name="list" size={16} />
            {title}
            {description && <span className={styles.footer}>{description}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}
