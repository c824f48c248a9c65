import { useTranslation } from "react-i18next";
import { preview, type Rendered } from "../../../whatsapp/template";
import styles from "./Content.module.css";

interface SentComponent {
  type?: string;
  parameters?: { text?: string }[];
}

/** A template that was sent: its text if it is known, else its name and the values. */
export function TemplateContent({ content }: { content: Record<string, unknown> }) {
  const { t } = useTranslation("conversations");
  const words = content.rendered ? preview(content.rendered as Rendered) : "";
  if (words) return <p className={styles.text}>{words}</p>;
  if (typeof content.text === "string") return <p className={styles.text}>{content.text}</p>;
  const components = (Array.isArray(content.components) ? content.components : []) as SentComponent[];
  const values = components.flatMap(({ parameters }) => parameters ?? []).flatMap(({ text }) => text ?? []);
  return (
    <>
      <p className={styles.plain}>{t("templateNamed", { name: String(content.name) })}</p>
      {values.length > 0 && <p className={styles.text}>{values.join(" · ")}</p>}
    </>
  );
}
