import type { Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import { Icon, type IconName } from "../../../ui/Icon";
import styles from "./Content.module.css";
import { TextContent } from "./TextContent";

const ICONS: Record<string, IconName> = {
  image: "image",
  video: "video",
  audio: "audio",
  document: "file",
  sticker: "sticker",
};

export function isMedia(type: string): boolean {
  return type in ICONS;
}

/** A file: its kind, its name, and whether it is stored. */
export function MediaContent({ message: { message_type, content, media } }: { message: Message }) {
  const { t } = useTranslation("conversations");
  const kind = content.voice === true ? "voice" : message_type;
  const filename = media?.filename ?? content.filename;
  const url = typeof content.url === "string" ? content.url : undefined;
  return (
    <>
      <div className={styles.card}>
        <Icon name={ICONS[message_type] ?? "file"} size={24} />
        <div className={styles.cardText}>
          <p className={styles.cardTitle}>{typeof filename === "string" ? filename : t(`types.${kind}`)}</p>
          <p className={styles.cardDetail}>
            {url ? (
              <a href={url} target="_blank" rel="noreferrer noopener">
                {t("openFile")}
              </a>
            ) : (
              media && t(`media.${media.state}`)
            )}
          </p>
        </div>
      </div>
      {typeof content.caption === "string" && <TextContent text={content.caption} />}
    </>
  );
}
