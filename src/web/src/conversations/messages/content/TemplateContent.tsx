import { useTranslation } from "react-i18next";
import { preview, type Rendered } from "../../../whatsapp/template";
import styles from "./Content.module.css";
import { TextContent } from "./TextContent";
import { objectOf, objectsOf, textOf } from "./untrusted";

/** A template that was sent: its text if it is known, else its name and the values. */
export function TemplateContent({ content }: { content: Record<string, unknown> }) {
  const { t } = useTranslation("conversations");
  const words = preview(objectOf(content.rendered) as Rendered);
  if (words) return <TextContent text={words} />;
  if (typeof content.text === "string") return <TextContent text={content.text} />;
  const parameters = objectsOf(content.components).flatMap((component) => objectsOf(component.parameters));
  const values = parameters.flatMap(({ text }) => textOf(text) ?? []);
  return (
    <>
      <p className={styles.plain}>{t("templateNamed", { name: String(content.name) })}</p>
      {values.length > 0 && <p className={styles.text}>{values.join(" · ")}</p>}
    </>
  );
}
