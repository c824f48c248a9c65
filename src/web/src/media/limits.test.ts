import { describe, expect, it } from "vitest";
import { fileTypeOf } from "./fileType";
import { judge, kindOf, LIMITS, MOVING_STICKER_LIMIT } from "./limits";
import { sidesFor } from "./photos";

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const file = (opening: string, name = "file", type = "") => new File([bytes(opening)], name, { type });
const typed = async (opening: string, name?: string, type?: string) => (await fileTypeOf(file(opening, name, type))).mimeType;
const box = (brand: string) => `\0\0\0\x18ftyp${brand}`;

describe("a file's format", () => {
  it.each([
    ["\xff\xd8\xff\xe1", "image/jpeg"],
    ["\x89PNG\r\n\x1a\n", "image/png"],
    ["RIFF\0\0\0\0WEBPVP8 ", "image/webp"],
    ["GIF89a", "image/gif"],
    [box("heic"), "image/heic"],
    [box("qt  "), "video/quicktime"],
    [box("isom"), "video/mp4"],
    [box("3gp5"), "video/3gpp"],
    [box("M4A "), "audio/mp4"],
    [`OggS${"\0".repeat(24)}OpusHead`, "audio/ogg"],
    ["OggS\0\x02vorbis", "audio/vorbis"],
    ["#!AMR\n", "audio/amr"],
    ["ID3\x04", "audio/mpeg"],
    ["\xff\xf1\x50", "audio/aac"],
    ["RIFF\0\0\0\0WAVE", "audio/wav"],
    ["%PDF-1.7", "application/pdf"],
    ["Olá, isto é um texto", "text/plain"],
    ["\0\x01\x02", "application/octet-stream"],
  ])("is seen by its content: %j", async (opening, expected) => {
    expect(await typed(opening, "foto.jpg", "image/jpeg")).toBe(expected);
  });

  it("is Office's by the name as well, because any archive begins alike", async () => {
    expect(await typed("PK\x03\x04", "orçamento.DOCX")).toMatch(/wordprocessingml/);
    expect(await typed("\xd0\xcf\x11\xe0", "planilha.xls")).toBe("application/vnd.ms-excel");
    expect(await typed("PK\x03\x04", "tudo.zip")).toBe("application/octet-stream");
  });

  it("tells a sticker that moves", async () => {
    expect((await fileTypeOf(file("RIFF\0\0\0\0WEBPVP8X\n\0\0\0\x02"))).moves).toBe(true);
    expect((await fileTypeOf(file("RIFF\0\0\0\0WEBPVP8X\n\0\0\0\x10"))).moves).toBe(false);
  });
});

describe("what WhatsApp takes", () => {
  const at = (mimeType: string, size: number, moves = false) => judge({ mimeType, name: "", moves }, size);

  it("is taken as what it is, up to Meta's limits", () => {
    expect(at("image/jpeg", LIMITS.image)).toEqual({ choices: ["image", "document"] });
    expect(at("video/mp4", LIMITS.video)).toEqual({ choices: ["video", "document"] });
    expect(at("audio/ogg", LIMITS.audio)).toEqual({ choices: ["audio"] });
    expect(at("application/pdf", LIMITS.document)).toEqual({ choices: ["document"] });
  });

  it("is made smaller where it is a photo, and offered as a document where that helps", () => {
    expect(at("image/png", LIMITS.image + 1)).toEqual({ choices: ["jpeg", "document"] });
    expect(at("video/mp4", LIMITS.video + 1)).toEqual({ trouble: "tooLarge", choices: ["document"], limit: LIMITS.video });
    expect(at("audio/mpeg", LIMITS.audio + 1)).toEqual({ trouble: "tooLarge", choices: [], limit: LIMITS.audio });
    expect(at("application/pdf", LIMITS.document + 1)).toEqual({ trouble: "tooLarge", choices: [], limit: LIMITS.document });
    expect(at("video/mp4", LIMITS.document + 1).choices).toEqual([]);
  });

  it("is no other format, of which a JPEG or a sticker may be made", () => {
    expect(at("image/heic", 1_000)).toEqual({ trouble: "imageFormat", choices: ["jpeg"] });
    expect(at("image/webp", LIMITS.sticker)).toEqual({ trouble: "imageFormat", choices: ["jpeg", "sticker"] });
    expect(at("image/webp", LIMITS.sticker + 1).choices).toEqual(["jpeg"]);
    expect(at("image/webp", MOVING_STICKER_LIMIT, true).choices).toEqual(["jpeg", "sticker"]);
    expect(at("video/quicktime", 1_000)).toEqual({ trouble: "videoFormat", choices: [] });
    expect(at("audio/wav", 1_000)).toEqual({ trouble: "audioFormat", choices: [] });
    expect(at("application/octet-stream", 1_000)).toEqual({ trouble: "documentFormat", choices: [] });
    expect(at("image/jpeg", 0)).toEqual({ trouble: "empty", choices: [] });
  });

  it("goes as a photo where a JPEG is made of it", () => {
    expect(kindOf("jpeg")).toBe("image");
    expect(kindOf("sticker")).toBe("sticker");
  });
});

describe("a photo that is made smaller", () => {
  it("keeps its own size where that is enough, and is never made larger", () => {
    expect(sidesFor({ width: 8_000, height: 6_000 })).toEqual([4096, 3072, 2048, 1536]);
    expect(sidesFor({ width: 1_200, height: 2_500 })).toEqual([2500, 2048, 1536]);
    expect(sidesFor({ width: 800, height: 600 })).toEqual([800]);
  });
});
