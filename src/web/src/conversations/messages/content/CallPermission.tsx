import { useTranslation } from "react-i18next";
import { useFormats } from "../../../i18n/formats";
import { Icon } from "../../../ui/Icon";
import styles from "./Content.module.css";
import { objectOf, textOf } from "./untrusted";

/** Whether the customer lets us call them, and until when. */
export function CallPermission({ content }: { content: Record<string, unknown> }) {
  const { t } = useTranslation("content");
  const formats = useFormats();
  const { response, is_permanent, expiration_timestamp } = objectOf(content.call_permission_reply);
  const until = new Date(Number(textOf(expiration_timestamp)) * 1000);
  const isForEver = is_permanent === true || Number.isNaN(until.getTime());
  return (
    <p className={styles.chosen}>
      <Icon name="phone" size={16} />
      {response !== "accept"
        ? t("calls.refused")
        : isForEver
          ? t("calls.allowed")
          : t("calls.allowedUntil", { day: formats.day(until), time: formats.time(until) })}
    </p>
  );
}
