import { useTranslation } from "react-i18next";
import styles from "./Content.module.css";

/**
 * A message that cannot be shown: which kind it is, in words, and what WhatsApp sent of it for those who want to see. What WhatsApp does not
 * pass on names its kind in `content.type`.
 */
export function Unsupported({ type, content }: { type: string; content: Record<string, unknown> }) {
  const { t } = useTranslation("content");
  const kind = typeof content.type === "string" ? content.type : type;
  const words = t(`kinds.${kind}`, { defaultValue: "" });
  return (
    <>
      <p className={styles.plain}>{kind === "unsupported" ? t("hidden") : t("notShown", { kind: words || kind })}</p>
      {Object.keys(content).length > 0 && (
        <details className={styles.detail}>
          <summary>{t("raw")}</summary>
          <pre className={styles.raw}>{JSON.stringify(content, null, 2)}</pre>
        </details>
      )}
    </>
  );
}
