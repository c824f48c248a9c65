import { useTranslation } from "react-i18next";
import { useFormats } from "../../../i18n/formats";
import { Icon } from "../../../ui/Icon";
import styles from "./Content.module.css";
import { TextContent } from "./TextContent";

interface Interactive {
  type?: string;
  header?: { text?: string };
  body?: { text?: string };
  footer?: { text?: string };
  action?: {
    button?: string;
    buttons?: { reply?: { id?: string; title?: string } }[];
    sections?: { title?: string; rows?: { id?: string; title?: string; description?: string }[] }[];
    parameters?: ActionParameters;
  };
}

/** Kinds that may be sent without words of ours: WhatsApp shows its own. */
const WORDLESS = ["product", "call_permission_request"] as const;

/** What a link, a flow or an order has. */
interface ActionParameters {
  display_text?: string;
  flow_cta?: string;
  reference_id?: string;
  currency?: string;
  total_amount?: Amount;
  order?: { items?: { name?: string; quantity?: number; amount?: Amount }[] };
}

/** In parts of a unit: 5025 with an offset of 100 is 50.25. */
interface Amount {
  value?: number;
  offset?: number;
}

/** What was offered to the customer, whose choice is a separate message: buttons, a list, a link, a form, or something to pay. */
export function InteractiveContent({ content }: { content: Record<string, unknown> }) {
  const { t } = useTranslation("conversations");
  const { type, header, body, footer, action } = content as Interactive;
  const wordless = WORDLESS.find((kind) => kind === type);
  const words = body?.text || (wordless && t(`wordless.${wordless}`));
  const rows = (action?.sections ?? []).flatMap((section) => section.rows ?? []);
  const leadsOn = action?.parameters?.display_text ?? action?.parameters?.flow_cta;
  return (
    <>
      {header?.text && <p className={styles.heading}>{header.text}</p>}
      {words && <TextContent text={words} />}
      {action?.parameters?.total_amount && <Bill parameters={action.parameters} />}
      {footer?.text && <p className={styles.footer}>{footer.text}</p>}
      <ul className={styles.options} aria-label={t("offered")}>
        {(action?.buttons ?? []).map(({ reply }, index) => (
          <li key={reply?.id ?? index} className={styles.option}>
            {reply?.title}
          </li>
        ))}
        {leadsOn && <li className={styles.option}>{leadsOn}</li>}
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

/** What is to be paid. */
function Bill({ parameters: { order, total_amount, currency } }: { parameters: ActionParameters }) {
  const { t } = useTranslation("content");
  const formats = useFormats();
  const money = ({ value = 0, offset = 1 }: Amount) => formats.money(value / offset, currency);
  return (
    <ul className={styles.rows}>
      {(order?.items ?? []).map(({ name, quantity, amount }, index) => (
        <li key={index} className={styles.fact}>
          <span>
            {formats.number(quantity ?? 1)} × {name ?? t("content:product")}
          </span>
          {amount && <span>{money(amount)}</span>}
        </li>
      ))}
      <li className={styles.fact}>
        <span>{t("content:total")}</span>
        <strong>{money(total_amount!)}</strong>
      </li>
    </ul>
  );
}
