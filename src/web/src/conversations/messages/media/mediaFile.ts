import type { Message } from "pytake-client";
import type { Queued } from "../../../realtime/outbox";

/** A file of a conversation, on the server or still in the browser, as far as it is shown. */
export interface MediaFile {
  /** The message's, or the queued message's. */
  id: string;
  /** Where it is on the server; undefined while it is in the browser only. */
  url?: string | undefined;
  /** Under which the browser may have it at hand: it was sent from here. */
  localId?: string | undefined;
  name?: string | undefined;
  mimeType: string;
  size?: number | undefined;
  /** In pixels. */
  width?: number | undefined;
  height?: number | undefined;
  seconds?: number | undefined;
  isVoice: boolean;
}

/** The file of a message; undefined where the server does not have it. */
export function fileOf({ id, client_message_id, content, media }: Message): MediaFile | undefined {
  if (media?.state !== "stored" || !media.url) return undefined;
  return {
    id,
    url: media.url,
    localId: client_message_id ?? undefined,
    name: nameFor(media.filename ?? content.filename),
    mimeType: media.mime_type ?? "",
    size: media.size ?? undefined,
    width: media.width ?? undefined,
    height: media.height ?? undefined,
    seconds: media.duration_seconds ?? undefined,
    isVoice: media.voice === true || content.voice === true,
  };
}

export function queuedFileOf({ id, content, file }: Queued): MediaFile | undefined {
  if (!file) return undefined;
  const { name, type: mimeType, size, width, height, seconds } = file;
  return { id, localId: id, name: nameFor(name), mimeType, size, width, height, seconds, isVoice: content.voice === true };
}

/** A picture of at most 640 pixels. */
export function thumbnailOf(url: string): string {
  return `${url}?size=thumbnail`;
}

export function downloadOf(url: string): string {
  return `${url}?download=1`;
}

/** A name as it is shown: characters that turn the direction of writing could make `fdp.exe` of `exe.pdf`. */
function nameFor(name: unknown): string | undefined {
  if (typeof name !== "string") return undefined;
  return name.replace(/[\p{Cc}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu, "").trim() || undefined;
}
