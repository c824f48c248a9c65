import { useTranslation } from "react-i18next";
import { useFormats } from "../../../i18n/formats";
import styles from "./Content.module.css";
import { TextContent } from "./TextContent";
import { objectsOf, textOf } from "./untrusted";

/** A row of a cart; Meta's numbers come as numbers or as text. */
interface CartItem {
  product: string | undefined;
  quantity: number;
  price: number;
  currency: string | undefined;
}

/** The cart that a customer sent: its products by the ids that the business gave them, and what they cost together. */
export function OrderContent({ content }: { content: Record<string, unknown> }) {
  const { t } = useTranslation("content");
  const formats = useFormats();
  const items = objectsOf(content.product_items).map(itemOf);
  const total = totalOf(items);
  const note = textOf(content.text);
  return (
    <>
      <p className={styles.heading}>{t("cart")}</p>
      <ul className={styles.rows}>
        {items.map(({ product, quantity, price, currency }, index) => (
          <li key={index} className={styles.fact}>
            <span>
              {formats.number(quantity)} × {product ?? t("product")}
            </span>
            {Number.isFinite(price) && <span>{formats.money(price, currency)}</span>}
          </li>
        ))}
      </ul>
      {total && (
        <p className={styles.fact}>
          <span>{t("total")}</span>
          <strong>{formats.money(total.amount, total.currency)}</strong>
        </p>
      )}
      {note && <TextContent text={note} />}
    </>
  );
}

function itemOf(item: Record<string, unknown>): CartItem {
  return {
    product: textOf(item.product_retailer_id),
    quantity: Number(textOf(item.quantity) ?? 1),
    price: Number(textOf(item.item_price)),
    currency: textOf(item.currency),
  };
}

/** What all rows cost together; nothing where one has no price, or where their currencies differ. */
function totalOf(items: readonly CartItem[]): { amount: number; currency: string | undefined } | undefined {
  const currency = items.find((item) => item.currency)?.currency;
  const amount = items.reduce((sum, { quantity, price }) => sum + quantity * price, 0);
  const isOne = items.length > 0 && items.every((item) => (item.currency ?? currency) === currency);
  return isOne && Number.isFinite(amount) ? { amount, currency } : undefined;
}
