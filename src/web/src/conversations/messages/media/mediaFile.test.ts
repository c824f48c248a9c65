import type { Message } from "pytake-client";
import { describe, expect, it } from "vitest";
import { neighboursOf, photosOf } from "../viewer/photos";
import { fileOf } from "./mediaFile";

const message = (values: Partial<Message>) => ({ id: "m", message_type: "image", content: {}, ...values }) as Message;
const stored = { state: "stored", url: "/api/v1/media/1", mime_type: "image/jpeg" } as const;

describe("a message's file", () => {
  it("is there only when it is stored", () => {
    expect(fileOf(message({ media: stored }))).toMatchObject({ id: "m", url: "/api/v1/media/1" });
    expect(fileOf(message({ media: { ...stored, state: "pending" } }))).toBeUndefined();
    expect(fileOf(message({ media: null }))).toBeUndefined();
  });

  it("has its name in any script, without what would turn it round", () => {
    const nameOf = (filename: string) => fileOf(message({ media: { ...stored, filename } }))!.name;
    expect(nameOf("تقرير المبيعات.xlsx")).toBe("تقرير المبيعات.xlsx");
    expect(nameOf("fatura\u202Efdp.exe")).toBe("faturafdp.exe");
    expect(nameOf("a\u0000b\n.pdf")).toBe("ab.pdf");
    expect(nameOf("\u2066 \u2069")).toBeUndefined();
  });
});

describe("the viewer", () => {
  it("has the photos that can be seen, in order", () => {
    const photos = photosOf([
      message({ id: "a", media: stored }),
      message({ id: "b", media: { ...stored, state: "pending" } }),
      message({ id: "c", media: stored, content: { revoked_at: "2026-03-01T12:00:00Z" } }),
      message({ id: "d", message_type: "video", media: stored }),
      message({ id: "e", media: stored }),
    ]);
    expect(photos.map(({ id }) => id)).toEqual(["a", "e"]);
    expect(neighboursOf(photos, 0)).toEqual({ before: undefined, after: photos[1] });
    expect(neighboursOf(photos, 1)).toEqual({ before: photos[0], after: undefined });
  });
});
