/** A file's format by its content, because names and what browsers make of them may be wrong. */
export interface FileType {
  mimeType: string;
  /** The format's usual name, for words like "this file is HEIC"; empty where it has none. */
  name: string;
  /** Whether it is a picture of several frames. */
  moves: boolean;
}

/** Enough for every signature below. */
const OPENING = 512;

const OFFICE = "application/vnd.openxmlformats-officedocument";

/** Office's formats are told from other archives by their names: their content is a ZIP, or Microsoft's compound file. */
const ZIPPED: Record<string, string> = {
  docx: `${OFFICE}.wordprocessingml.document`,
  xlsx: `${OFFICE}.spreadsheetml.sheet`,
  pptx: `${OFFICE}.presentationml.presentation`,
};
const COMPOUND: Record<string, string> = { doc: "application/msword", xls: "application/vnd.ms-excel", ppt: "application/vnd.ms-powerpoint" };

export async function fileTypeOf(file: File): Promise<FileType> {
  const opening = new Uint8Array(await file.slice(0, OPENING).arrayBuffer());
  const extension = extensionOf(file.name);
  const found = ofPicture(opening, file.type) ?? ofSound(opening, file.type) ?? ofDocument(opening, extension);
  return { moves: false, ...(found ?? unknown(extension)) };
}

/** The part of a name after its last dot, in lower case; empty where it has none. */
export function extensionOf(name: string): string {
  return /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]!.toLowerCase() ?? "";
}

type Found = Omit<FileType, "moves"> & { moves?: boolean };

function ofPicture(bytes: Uint8Array, declared: string): Found | undefined {
  const text = latin(bytes);
  if (text.startsWith("\xff\xd8\xff")) return type("image/jpeg", "JPEG");
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return type("image/png", "PNG");
  if (text.startsWith("RIFF") && text.startsWith("WEBP", 8)) return { ...type("image/webp", "WebP"), moves: text.startsWith("VP8X", 12) && (bytes[20]! & 2) !== 0 };
  if (text.startsWith("GIF8")) return { ...type("image/gif", "GIF"), moves: true };
  if (text.startsWith("BM") && declared.startsWith("image/")) return type("image/bmp", "BMP");
  if (text.startsWith("II*\0") || text.startsWith("MM\0*")) return type("image/tiff", "TIFF");
  if (text.startsWith("ftyp", 4)) return ofBrand(text.slice(8, 12), declared);
  return undefined;
}

/** Formats that are made of ISO boxes, by the brand that the first box names. */
function ofBrand(brand: string, declared: string): Found {
  if (/^(hei|hev|mif1|msf1)/.test(brand)) return type("image/heic", "HEIC");
  if (/^avi[fs]/.test(brand)) return type("image/avif", "AVIF");
  if (brand === "qt  ") return type("video/quicktime", "MOV");
  if (/^3g/.test(brand)) return type("video/3gpp", "3GP");
  if (/^M4[AB]/.test(brand) || declared.startsWith("audio/")) return type("audio/mp4", "M4A");
  return type("video/mp4", "MP4");
}

function ofSound(bytes: Uint8Array, declared: string): Found | undefined {
  const text = latin(bytes);
  if (text.startsWith("OggS")) return text.includes("OpusHead") ? type("audio/ogg", "OGG") : type("audio/vorbis", "OGG Vorbis");
  if (text.startsWith("RIFF") && text.startsWith("WAVE", 8)) return type("audio/wav", "WAV");
  if (text.startsWith("RIFF") && text.startsWith("AVI ", 8)) return type("video/x-msvideo", "AVI");
  if (text.startsWith("fLaC")) return type("audio/flac", "FLAC");
  if (text.startsWith("#!AMR")) return type("audio/amr", "AMR");
  if (text.startsWith("\x1a\x45\xdf\xa3")) return type(declared.startsWith("audio/") ? "audio/webm" : "video/webm", "WebM");
  if (text.startsWith("ID3")) return type("audio/mpeg", "MP3");
  if (bytes[0] === 0xff && (bytes[1]! & 0xf6) === 0xf0) return type("audio/aac", "AAC");
  if (bytes[0] === 0xff && (bytes[1]! & 0xe0) === 0xe0 && declared === "audio/mpeg") return type("audio/mpeg", "MP3");
  return undefined;
}

function ofDocument(bytes: Uint8Array, extension: string): Found | undefined {
  const text = latin(bytes);
  if (text.startsWith("%PDF-")) return type("application/pdf", "PDF");
  if (text.startsWith("PK\x03\x04") && ZIPPED[extension]) return type(ZIPPED[extension], extension.toUpperCase());
  if (text.startsWith("\xd0\xcf\x11\xe0") && COMPOUND[extension]) return type(COMPOUND[extension], extension.toUpperCase());
  const isText = bytes.length > 0 && !bytes.some((byte) => byte < 9 || (byte > 13 && byte < 32));
  return isText ? type("text/plain", extension.toUpperCase()) : undefined;
}

function unknown(extension: string): Found {
  return type("application/octet-stream", extension.toUpperCase());
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function type(mimeType: string, name: string): Found {
  return { mimeType, name };
}
