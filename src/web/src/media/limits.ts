import type { FileType } from "./fileType";

/** What a file goes to WhatsApp as. */
export type MediaKind = "image" | "video" | "audio" | "document" | "sticker";

const KB = 1024;
const MB = 1024 * KB;

/** The most bytes that WhatsApp takes of each kind (Meta's media reference); a sticker that moves may have more. */
export const LIMITS = { image: 5 * MB, video: 16 * MB, audio: 16 * MB, document: 100 * MB, sticker: 100 * KB } satisfies Record<MediaKind, number>;
export const MOVING_STICKER_LIMIT = 500 * KB;

const OFFICE = "application/vnd.openxmlformats-officedocument";

/** The formats that WhatsApp takes of each kind. */
const FORMATS: Record<MediaKind, readonly string[]> = {
  image: ["image/jpeg", "image/png"],
  video: ["video/mp4", "video/3gpp"],
  audio: ["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"],
  sticker: ["image/webp"],
  document: [
    "application/pdf",
    "text/plain",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    `${OFFICE}.wordprocessingml.document`,
    `${OFFICE}.spreadsheetml.sheet`,
    `${OFFICE}.presentationml.presentation`,
    // Photos and videos go as documents too: unchanged, and as large as documents may be.
    "image/jpeg",
    "image/png",
    "video/mp4",
    "video/3gpp",
  ],
};

/** More than this is not even read to make it smaller. */
const MOST_TO_DRAW = 80 * MB;

/** Why WhatsApp does not take a file as what it is. The words are in the locales, `trouble`. */
export type Trouble = "empty" | "imageFormat" | "videoFormat" | "audioFormat" | "documentFormat" | "tooLarge" | "unreadable";

/** What can be done with a file. `jpeg`: a JPEG is made of it, which goes as a photo. */
export type Choice = MediaKind | "jpeg";

export interface Judgement {
  /** Why it cannot go as what it is; undefined where it can. */
  trouble?: Trouble;
  /** What can be done with it, the usual first; none where WhatsApp takes it in no form. */
  choices: readonly Choice[];
  /** The limit that it is over, in bytes. */
  limit?: number;
}

/** Whether WhatsApp takes a file and as what, by its content and size. */
export function judge({ mimeType, moves }: FileType, size: number): Judgement {
  if (size === 0) return { trouble: "empty", choices: [] };
  const asDocument: Choice[] = FORMATS.document.includes(mimeType) && size <= LIMITS.document ? ["document"] : [];
  const family = familyOf(mimeType);
  if (family === "image") return judgeImage(mimeType, size, moves, asDocument);
  if (!FORMATS[family].includes(mimeType)) return { trouble: `${family}Format`, choices: [] };
  if (size <= LIMITS[family]) return { choices: [...new Set<Choice>([family, ...asDocument])] };
  return tooLarge(LIMITS[family], asDocument);
}

/** What a choice goes to WhatsApp as. */
export function kindOf(choice: Choice): MediaKind {
  return choice === "jpeg" ? "image" : choice;
}

/** The family that a file belongs to by its format, whether WhatsApp takes it or not. */
export function familyOf(mimeType: string): "image" | "video" | "audio" | "document" {
  const family = mimeType.split("/")[0];
  return family === "image" || family === "video" || family === "audio" ? family : "document";
}

function judgeImage(mimeType: string, size: number, moves: boolean, asDocument: readonly Choice[]): Judgement {
  // Whether this browser can draw it is seen when it does.
  const asJpeg: Choice[] = size <= MOST_TO_DRAW ? ["jpeg"] : [];
  if (FORMATS.image.includes(mimeType)) {
    if (size <= LIMITS.image) return { choices: ["image", ...asDocument] };
    return asJpeg.length > 0 ? { choices: [...asJpeg, ...asDocument] } : tooLarge(LIMITS.image, asDocument);
  }
  const isSticker = FORMATS.sticker.includes(mimeType) && size <= (moves ? MOVING_STICKER_LIMIT : LIMITS.sticker);
  return { trouble: "imageFormat", choices: [...asJpeg, ...(isSticker ? (["sticker"] as const) : [])] };
}

function tooLarge(limit: number, choices: readonly Choice[]): Judgement {
  return { trouble: "tooLarge", choices, limit };
}
