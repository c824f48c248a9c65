import { useTranslation } from "react-i18next";
import { VoiceNote } from "../../../media/VoiceNote";
import type { Queued } from "../../../realtime/outbox";
import { useObjectUrl } from "../../../media/useObjectUrl";
import { TextContent } from "../content/TextContent";
import { FileCard } from "./FileCard";
import { queuedFileOf, type MediaFile } from "./mediaFile";
import { Photo } from "./Photo";
import { Sticker } from "./Sticker";
import { UploadProgress } from "./UploadProgress";
import { useLocalBlob } from "./useLocalFile";
import { VideoClip } from "./VideoClip";

/** A file that is on its way, as the message will show it. */
export function QueuedFile({ queued }: { queued: Queued }) {
  const file = queuedFileOf(queued)!;
  const { caption } = queued.content;
  return (
    <>
      <Content type={queued.message_type} file={file} />
      <UploadProgress queued={queued} />
      {typeof caption === "string" && <TextContent text={caption} />}
    </>
  );
}

function Content({ type, file }: { type: string; file: MediaFile }) {
  const { t } = useTranslation("conversations");
  switch (type) {
    case "image":
      return <Photo file={file} label={file.name ?? t("you")} />;
    case "video":
      return <VideoClip file={file} label={file.name ?? t("you")} />;
    case "audio":
      return <Sound file={file} />;
    case "sticker":
      return <Sticker file={file} />;
    default:
      return <FileCard file={file} />;
  }
}

function Sound({ file }: { file: MediaFile }) {
  const { t } = useTranslation("conversations");
  const blob = useLocalBlob(file);
  const url = useObjectUrl(blob);
  if (!url) return <FileCard file={file} />;
  return <VoiceNote track={{ id: file.id, url, title: t("you") }} blob={blob} seconds={file.seconds} name={file.isVoice ? undefined : file.name} />;
}
