import { fileTypeOf } from "../media/fileType";
import { LIMITS } from "../media/limits";
import { jpegOf } from "../media/photos";
import type { MetaMessage } from "./events";
import { inbound } from "./messages";
import { upload } from "./simulator";

/** Uploads a file as a customer's phone does, large photos made smaller, and makes the message that carries it. */
export async function messageWith(file: File, caption: string, quoted: string | undefined): Promise<MetaMessage> {
  const { mimeType, moves } = await fileTypeOf(file);
  if (mimeType === "image/jpeg" || mimeType === "image/png") {
    const photo = file.size > LIMITS.image ? (await jpegOf(file)).blob : typed(file, mimeType);
    return inbound.image(await upload(photo), caption, quoted);
  }
  const uploaded = await upload(typed(file, mimeType));
  if (mimeType === "image/webp") return inbound.sticker(uploaded, moves);
  if (mimeType.startsWith("video/")) return inbound.video(uploaded, caption, quoted);
  if (mimeType.startsWith("audio/")) return inbound.sound(uploaded);
  return inbound.document(uploaded, file.name, caption, quoted);
}

function typed(file: File, mimeType: string): Blob {
  return new Blob([file], { type: mimeType });
}
