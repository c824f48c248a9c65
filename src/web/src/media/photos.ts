import { LIMITS } from "./limits";

/** Longest sides, in pixels, that are tried one after the other, the first the largest that phones take of photos. */
const SIDES = [4096, 3072, 2048, 1536];
const QUALITIES = [0.88, 0.75];

export interface Photo {
  blob: Blob;
  /** In pixels, as it is seen: a photo that was taken sideways is upright. */
  width: number;
  height: number;
}

/** The size of a picture as it is seen; undefined where the browser cannot read it. */
export async function sizeOfPhoto(blob: Blob): Promise<{ width: number; height: number } | undefined> {
  try {
    const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  } catch {
    return undefined;
  }
}

/**
 * A JPEG of a picture, upright and small enough for WhatsApp, on white where the picture is transparent; where and when it
 * was taken is not in it. Rejects where the browser cannot read the picture.
 */
export async function jpegOf(blob: Blob, limit = LIMITS.image): Promise<Photo> {
  const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
  try {
    for (const side of sidesFor(bitmap)) {
      const photo = draw(bitmap, side);
      for (const quality of QUALITIES) {
        const drawn = await photo.convertToBlob({ type: "image/jpeg", quality });
        if (drawn.size <= limit) return { blob: drawn, width: photo.width, height: photo.height };
      }
    }
  } finally {
    bitmap.close();
  }
  throw new Error("The picture cannot be made small enough");
}

/** The longest sides to try: the picture's own, unless it is too long, and smaller ones. */
export function sidesFor({ width, height }: { width: number; height: number }): number[] {
  const own = Math.min(Math.max(width, height), SIDES[0]!);
  return [own, ...SIDES.filter((side) => side < own)];
}

function draw(bitmap: ImageBitmap, side: number): OffscreenCanvas {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
  const context = canvas.getContext("2d")!;
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}
