import type { Message } from "pytake-client";

/** The messages that have a photo to show, in order. */
export function photosOf(messages: readonly Message[]): Message[] {
  return messages.filter(({ message_type, content, media }) => message_type === "image" && media?.state === "stored" && media.url && !content.revoked_at);
}

export function neighboursOf(photos: readonly Message[], index: number): { before: Message | undefined; after: Message | undefined } {
  return { before: index > 0 ? photos[index - 1] : undefined, after: photos[index + 1] };
}
