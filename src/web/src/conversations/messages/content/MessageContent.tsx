import type { Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import { Icon } from "../../../ui/Icon";
import { ContactsContent } from "./ContactsContent";
import styles from "./Content.module.css";
import { InteractiveContent } from "./InteractiveContent";
import { LocationContent } from "./LocationContent";
import { isMedia, MediaContent } from "./MediaContent";
import { ReactionContent } from "./ReactionContent";
import { TemplateContent } from "./TemplateContent";
import { TextContent } from "./TextContent";

/** The content of a message, by its type; for a type that the app cannot show, a text that says so. */
export function MessageContent({ message }: { message: Message }) {
  const { t } = useTranslation("conversations");
  const { message_type: type, content } = message;
  if (content.revoked_at) return <p className={styles.plain}>{t("revoked")}</p>;
  if (isMedia(type)) return <MediaContent message={message} />;
  switch (type) {
    case "text":
    case "note":
      return <TextContent content={content} />;
    case "location":
      return <LocationContent content={content} />;
    case "contacts":
      return <ContactsContent content={content} />;
    case "button":
      return <Chosen words={String(content.text ?? "")} />;
    case "interactive":
      return content.action ? <InteractiveContent content={content} /> : <Chosen words={String(content.title ?? "")} />;
    case "template":
      return <TemplateContent content={content} />;
    case "reaction":
      return <ReactionContent content={content} />;
    default:
      return <Unsupported type={type} content={content} />;
  }
}

/** What the customer chose from buttons or a list. */
function Chosen({ words }: { words: string }) {
  const { t } = useTranslation("conversations");
  return (
    <p className={styles.chosen}>
      <Icon name="button" size={16} />
      <span className="visually-hidden">{t("chose")}</span>
      {words}
    </p>
  );
}

function Unsupported({ type, content }: { type: string; content: Record<string, unknown> }) {
  const { t } = useTranslation("conversations");
  const kind = typeof content.type === "string" ? content.type : type;
  const known = t(`types.${kind}`, { defaultValue: "" });
  return (
    <p className={styles.plain}>
      {kind === "unsupported" ? t("unsupported") : t("unsupportedType", { type: known || kind })}
      {typeof content.title === "string" && <span className={styles.detail}> {content.title}</span>}
    </p>
  );
}
