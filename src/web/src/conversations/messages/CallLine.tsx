import type { Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../i18n/formats";
import { Icon } from "../../ui/Icon";
import styles from "./MessageRow.module.css";

const OUTCOMES = ["missed", "rejected", "ended"];

/** A call, as a line of the conversation; without an outcome it rings or goes on. */
export function CallLine({ message: { id, content, occurred_at } }: { message: Message }) {
  const { t } = useTranslation("messages");
  const formats = useFormats();
  const direction = content.direction === "outbound" ? "outbound" : "inbound";
  const outcome = OUTCOMES.find((known) => known === content.outcome) ?? "ringing";
  const seconds = content.duration_seconds;
  return (
    <p className={styles.system} data-message={id}>
      <Icon name="phone" size={14} /> {t(`call.${direction}.${outcome}`)}
      {typeof seconds === "number" && ` · ${formats.duration(seconds)}`}{" "}
      <time dateTime={occurred_at}>{formats.time(new Date(occurred_at))}</time>
    </p>
  );
}
