import type { Page } from "@playwright/test";
import type { MadeFile } from "./cluster.js";

/** A picture, drawn by the browser: of one colour, or of noise, which no format makes small. */
export async function picture(page: Page, name: string, type: "image/jpeg" | "image/png" | "image/webp", [width, height]: [number, number], colour = "teal"): Promise<MadeFile> {
  const base64 = await page.evaluate(
    async ({ type, width, height, colour }) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d")!;
      if (colour === "noise") {
        const pixels = context.createImageData(width, height);
        for (let at = 0; at < pixels.data.length; at += 65_536) crypto.getRandomValues(pixels.data.subarray(at, at + 65_536));
        context.putImageData(pixels, 0, 0);
      } else {
        context.fillStyle = colour;
        context.fillRect(0, 0, width, height);
      }
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type })).arrayBuffer());
      let text = "";
      for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
      return btoa(text);
    },
    { type, width, height, colour },
  );
  return { name, mimeType: type, buffer: Buffer.from(base64, "base64") };
}

/** A second of video that the browser records. */
export async function video(page: Page, name: string): Promise<MadeFile> {
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [320, 180];
    const context = canvas.getContext("2d")!;
    const recorder = new MediaRecorder(canvas.captureStream(10), { mimeType: "video/mp4" });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const ended = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start();
    for (let frame = 0; frame < 10; frame++) {
      context.fillStyle = `hsl(${frame * 36} 60% 50%)`;
      context.fillRect(0, 0, canvas.width, canvas.height);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    recorder.stop();
    await ended;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  });
  return { name, mimeType: "video/mp4", buffer: Buffer.from(base64, "base64") };
}

export function pdf(name: string): MadeFile {
  return { name, mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF") };
}

/** A file that is only recognized by its first bytes. */
export function stub(name: string, mimeType: string, opening: string): MadeFile {
  return { name, mimeType, buffer: Buffer.concat([Buffer.from(opening, "latin1"), Buffer.alloc(2_000)]) };
}
