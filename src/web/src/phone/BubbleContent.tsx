import { useTranslation } from "react-i18next";
import { VoiceNote } from "../media/VoiceNote";
import { Icon, type IconName } from "../ui/Icon";
import styles from "./BubbleContent.module.css";
import type { MetaMessage } from "./events";
import { contentOf, textOf } from "./messages";
import { addressOf } from "./simulator";

/** The content of a message, by its type. */
export function BubbleContent({ wamid, message }: { wamid: string; message: MetaMessage }) {
  const { t } = useTranslation("phone");
  const type = message.type ?? "text";
  const text = textOf(message);
  const source = sourceOf(message);
  switch (type) {
    case "image":
      return (
        <>
          {source ? (
            <a href={source} target="_blank" rel="noreferrer">
              <img className={styles.image} src={source} alt={text || t("types.image")} />
            </a>
          ) : (
            <Kind icon="image" type={type} />
          )}
          {text && <p className={styles.text}>{text}</p>}
        </>
      );
    case "sticker":
      return source ? <img className={styles.sticker} src={source} alt={t("types.sticker")} /> : <Kind icon="sticker" type={type} />;
    case "audio":
      return source ? <VoiceNote track={{ id: wamid, url: source, title: t("types.audio") }} /> : <Kind icon="audio" type={type} />;
    case "video":
      return (
        <>
          {source ? <video className={styles.image} src={`${source}#t=0.01`} controls preload="metadata" aria-label={text || t("types.video")} /> : <Kind icon="video" type={type} />}
          {text && <p className={styles.text}>{text}</p>}
        </>
      );
    case "document":
      return (
        <>
          <a className={styles.kind} href={source} target="_blank" rel="noreferrer">
            <Icon name="file" /> <bdi dir="auto">{nameOf(message) || t("types.document")}</bdi>
          </a>
          {text !== nameOf(message) && <p className={styles.text}>{text}</p>}
        </>
      );
    case "location":
      return <Location message={message} />;
    case "contacts":
      return <Kind icon="contact" type={type} />;
    default:
      return text ? <p className={styles.text}>{text}</p> : <Kind icon="info" type={type} />;
  }
}

function Location({ message }: { message: MetaMessage }) {
  const { t } = useTranslation("phone");
  const { latitude, longitude } = contentOf(message) as { latitude: number; longitude: number };
  return (
    <p className={styles.location}>
      <span className={styles.map} aria-hidden="true">
        <Icon name="pin" size={28} />
      </span>
      <span>{textOf(message) || t("types.location")}</span>
      <span className={styles.place}>
        {latitude}, {longitude}
      </span>
    </p>
  );
}

function Kind({ icon, type }: { icon: IconName; type: string }) {
  const { t } = useTranslation("phone");
  return (
    <p className={styles.kind}>
      <Icon name={icon} /> {t(`types.${type}`, { defaultValue: t("types.other") })}
    </p>
  );
}

function nameOf(message: MetaMessage): string {
  const { filename } = contentOf(message);
  return typeof filename === "string" ? filename : "";
}

function sourceOf(message: MetaMessage): string | undefined {
  const { id, link } = contentOf(message);
  if (typeof id === "string") return addressOf(id);
  return typeof link === "string" ? link : undefined;
}
