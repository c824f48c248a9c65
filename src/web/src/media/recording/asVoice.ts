/** What voice messages are recorded in, by preference: what WhatsApp takes as it is, and what can be wrapped into that. */
const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];

/** The best of them that this browser records; undefined leaves it to the browser. */
export function recordedType(): string | undefined {
  return TYPES.find((type) => MediaRecorder.isTypeSupported(type));
}

/** WhatsApp shows OGG with Opus as a voice message. Chromium records the same sound in WebM, which is wrapped anew. */
export async function asVoice(recorded: Blob): Promise<Blob> {
  if (!recorded.type.startsWith("audio/webm")) return recorded;
  const { rewrapped } = await import("./rewrap");
  return rewrapped(recorded);
}
