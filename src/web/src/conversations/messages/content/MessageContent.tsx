import type { Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import { Icon } from "../../../ui/Icon";
import { isMedia, MediaContent } from "../media/MediaContent";
import { CallPermission } from "./CallPermission";
import { ContactsContent } from "./ContactsContent";
import styles from "./Content.module.css";
import { FormAnswer } from "./FormAnswer";
import { InteractiveContent } from "./InteractiveContent";
import { LocationContent } from "./LocationContent";
import { OrderContent } from "./OrderContent";
import { ReactionContent } from "./ReactionContent";
import { TemplateContent } from "./TemplateContent";
import { TextContent } from "./TextContent";
import { Unsupported } from "./Unsupported";

interface MessageContentProps {
  message: Message;
  /** Its sender's name. */
  from: string;
}

/** The content of a message, by its type; for a type that the app cannot show, a text that says so. */
export function MessageContent({ message, from }: MessageContentProps) {
  const { t } = useTranslation(["content", "conversations"]);
  const { message_type: type, content } = message;
  if (content.revoked_at) return <p className={styles.plain}>{t("conversations:revoked")}</p>;
  if (isMedia(type)) return <MediaContent message={message} from={from} />;
  switch (type) {
    case "text":
    case "note":
      return <TextContent text={content.text} />;
    case "location":
      return <LocationContent content={content} />;
    case "contacts":
      return <ContactsContent content={content} />;
    case "button":
      return <Chosen words={String(content.text ?? "")} />;
    case "interactive":
      return <Interactive content={content} />;
    case "template":
      return <TemplateContent content={content} />;
    case "reaction":
      return <ReactionContent content={content} />;
    case "order":
      return <OrderContent content={content} />;
    case "request_welcome":
      return <p className={styles.plain}>{t("openedChat")}</p>;
    case "media_placeholder":
      return <p className={styles.plain}>{t("fileToCome")}</p>;
    case "erased":
      return <p className={styles.plain}>{t("conversations:types.erased")}</p>;
    default:
      return <Unsupported type={type} content={content} />;
  }
}

/** What was offered to the customer, or what they answered. */
function Interactive({ content }: { content: Record<string, unknown> }) {
  if (content.action) return <InteractiveContent content={content} />;
  if (content.type === "nfm_reply") return <FormAnswer content={content} />;
  if (content.type === "call_permission_reply") return <CallPermission content={content} />;
  if (typeof content.title !== "string") return <Unsupported type="interactive" content={content} />;
  return <Chosen words={content.title} more={content.description} />;
}

/** What the customer chose from buttons or a list. */
function Chosen({ words, more }: { words: string; more?: unknown }) {
  const { t } = useTranslation("conversations");
  return (
    <>
      <p className={styles.chosen}>
        <Icon name="button" size={16} />
        <span className="visually-hidden">{t("conversations:chose")}</span>
        {words}
      </p>
      {typeof more === "string" && <p className={styles.footer}>{more}</p>}
    </>
  );
}
