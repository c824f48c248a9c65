import type { Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import { VoiceNote } from "../../../media/VoiceNote";
import { Icon, type IconName } from "../../../ui/Icon";
import styles from "../content/Content.module.css";
import { TextContent } from "../content/TextContent";
import { useViewer } from "../viewer/ViewerProvider";
import { FileCard } from "./FileCard";
import { fileOf, type MediaFile } from "./mediaFile";
import { MediaState } from "./MediaState";
import { Photo } from "./Photo";
import { Sticker } from "./Sticker";
import { VideoClip } from "./VideoClip";

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

/** A message with a file. `from`: its sender's name. */
export function MediaContent({ message, from }: { message: Message; from: string }) {
  const { content } = message;
  const file = fileOf(message);
  const caption = typeof content.caption === "string" && content.caption.trim() !== "" ? content.caption : undefined;
  return (
    <>
      {file ? (
        <StoredFile type={message.message_type} file={file} caption={caption} from={from} message={message} />
      ) : (
        <Elsewhere message={message} />
      )}
      {caption !== undefined && <TextContent text={caption} />}
    </>
  );
}

interface StoredFileProps {
  type: string;
  file: MediaFile;
  caption: string | undefined;
  from: string;
  message: Message;
}

function StoredFile({ type, file, caption, from, message }: StoredFileProps) {
  const viewer = useViewer();
  switch (type) {
    case "image":
      return <Photo file={file} label={caption ?? from} onOpen={() => viewer.open(message.id)} />;
    case "video":
      return <VideoClip file={file} label={caption ?? from} />;
    case "audio":
      return <Sound file={file} from={from} message={message} />;
    case "sticker":
      return <Sticker file={file} />;
    default:
      return <FileCard file={file} />;
  }
}

function Sound({ file, from, message }: { file: MediaFile; from: string; message: Message }) {
  return (
    <VoiceNote
      track={{ id: message.id, url: file.url!, title: from, conversationId: message.conversation_id }}
      size={file.size}
      seconds={file.seconds}
      name={file.isVoice ? undefined : file.name}
      marksHeard={message.direction === "inbound"}
    />
  );
}

/** What the server does not have, or never had: the address of a file that was sent by its address. */
function Elsewhere({ message: whole }: { message: Message }) {
  const { t } = useTranslation("conversations");
  const { message_type, content, media } = whole;
  const icon = ICONS[message_type] ?? "file";
  const kind = t(`types.${content.voice === true || media?.voice ? "voice" : message_type}`);
  if (media && media.state !== "stored") return <MediaState message={whole} icon={icon} kind={kind} />;
  return (
    <div className={styles.card}>
      <Icon name={icon} size={24} />
      <div className={styles.cardText}>
        <p className={styles.cardTitle}>{typeof content.filename === "string" ? content.filename : kind}</p>
        {typeof content.url === "string" && /^https?:\/\//i.test(content.url) && (
          <p className={styles.cardDetail}>
            <a href={content.url} target="_blank" rel="noreferrer noopener">
              {t("openFile")}
            </a>
          </p>
        )}
      </div>
    </div>
  );
}
