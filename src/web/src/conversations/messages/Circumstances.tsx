import type { Message, Payment, Referral } from "pytake-client";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../i18n/formats";
import { Icon } from "../../ui/Icon";
import styles from "./Circumstances.module.css";
import { isMedia } from "./media/MediaContent";

/** What brought a message here: an advertisement, another chat that it was forwarded from, a product it is about. */
export function Circumstances({ message: { referral, forwarded, referred_product } }: { message: Message }) {
  const { t } = useTranslation("messages");
  return (
    <>
      {forwarded && (
        <p className={styles.line}>
          <Icon name="transfer" size={14} />
          {t(forwarded === "many" ? "forwardedMany" : "forwarded")}
        </p>
      )}
      {referral && <ReferralCard referral={referral} />}
      {referred_product && (
        <p className={styles.line}>
          <Icon name="info" size={14} />
          {t("askedAbout", { product: referred_product.product_retailer_id ?? "–" })}
        </p>
      )}
    </>
  );
}

export function ReferralCard({ referral: { source_type, source_url, headline, body } }: { referral: Referral }) {
  const { t } = useTranslation("messages");
  const title = headline || t("openSource");
  return (
    <aside className={styles.referral} aria-label={t(source_type === "post" ? "fromPost" : "fromAd")}>
      <p className={styles.line}>{t(source_type === "post" ? "fromPost" : "fromAd")}</p>
      {source_url && /^https?:\/\//i.test(source_url) ? (
        <a className={styles.headline} href={source_url} target="_blank" rel="noreferrer noopener">
          {title}
        </a>
      ) : (
        headline && <p className={styles.headline}>{headline}</p>
      )}
      {body && <p>{body}</p>}
    </aside>
  );
}

/** Why WhatsApp could not deliver what the customer sent, in words, and in WhatsApp's own for those who ask it. */
export function NotWhole({ message: { message_type, error_code, error_message } }: { message: Message }) {
  const { t } = useTranslation(["messages", "conversations"]);
  const known = t(`notWhole.${error_code}`, { defaultValue: "" });
  return (
    <p className={styles.notWhole}>
      <Icon name="warning" size={14} />
      <span>
        {isMedia(message_type) && `${t("notLoaded", { kind: t(`conversations:types.${message_type}`) })} `}
        {known || t("notWhole.other")}
        <span className={styles.said}>
          {" "}
          {[error_message, error_code && `(${error_code})`].filter(Boolean).join(" ")}
        </span>
      </span>
    </p>
  );
}

/** What became of the payment that the message asks for. */
export function PaymentNote({ payment: { status, at, amount, currency, reference_id, reason } }: { payment: Payment }) {
  const { t } = useTranslation("messages");
  const formats = useFormats();
  const words = [
    t(`payment.${status}`, { defaultValue: t("payment.other", { status }) }),
    typeof amount === "number" && formats.money(amount, currency),
    reason && t(`payment.reasons.${reason}`, { defaultValue: reason }),
  ];
  return (
    <p className={styles.payment} data-payment={status} title={reference_id ?? undefined}>
      {words.filter(Boolean).join(" · ")} <time dateTime={at}>{formats.time(new Date(at))}</time>
    </p>
  );
}
