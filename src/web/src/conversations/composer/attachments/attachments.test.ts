import { describe, expect, it } from "vitest";
import type { FileType } from "../../../media/fileType";
import { judge } from "../../../media/limits";
import { areReady, draftOf, judged, reduceAttachments, takesCaption, type Attachment, type AttachmentAction } from "./attachments";

const file = (name: string, size = 3) => new File(["x".repeat(size)], name);
const JPEG: FileType = { mimeType: "image/jpeg", name: "JPEG", moves: false };
const HEIC: FileType = { mimeType: "image/heic", name: "HEIC", moves: false };

function after(...actions: ((all: readonly Attachment[]) => AttachmentAction)[]): readonly Attachment[] {
  return actions.reduce<readonly Attachment[]>((all, next) => reduceAttachments(all, next(all)), []);
}

const added = (...names: string[]) => () => ({ kind: "added", files: names.map((name) => file(name)), caption: "Veja" }) as const;
const typed = (index: number, type: FileType) => (all: readonly Attachment[]) => ({ kind: "judged", id: all[index]!.id, type, judgement: judge(type, 3) }) as const;
const ready = (index: number) => (all: readonly Attachment[]) => {
  const { id, choice, file: picked } = all[index]!;
  return { kind: "ready", id, choice: choice!, ready: { blob: picked, name: picked.name, width: 4, height: 3 } } as const;
};

describe("attachments", () => {
  it("take what was written before as the caption of the first", () => {
    expect(after(added("a.jpg", "b.jpg")).map(({ caption }) => caption)).toEqual(["Veja", ""]);
  });

  it("go as what they are, and can be sent when all are ready", () => {
    const one = after(added("a.jpg", "b.jpg"), typed(0, JPEG), typed(1, JPEG), ready(0));
    expect([one[0]!.choice, areReady(one)]).toEqual(["image", false]);
    expect(areReady(reduceAttachments(one, ready(1)(one)))).toBe(true);
    expect(areReady([])).toBe(false);
  });

  it("wait for the agent where WhatsApp does not take them", () => {
    const heic = after(added("a.heic"), typed(0, HEIC));
    expect(heic[0]).toMatchObject({ choice: undefined, judgement: { trouble: "imageFormat", choices: ["jpeg"] } });
    const chosen = reduceAttachments(heic, { kind: "chosen", id: heic[0]!.id, choice: "jpeg" });
    expect(chosen[0]!.choice).toBe("jpeg");
    // The browser cannot read it.
    const undrawable = reduceAttachments(chosen, { kind: "undrawable", id: heic[0]!.id });
    expect(undrawable[0]).toMatchObject({ choice: undefined, judgement: { trouble: "imageFormat", choices: [] } });
  });

  it("are made again where another choice came meanwhile", () => {
    const all = after(added("a.jpg"), typed(0, JPEG));
    const late = ready(0)(all);
    const chosen = reduceAttachments(all, { kind: "chosen", id: all[0]!.id, choice: "document" });
    expect(reduceAttachments(chosen, late)[0]!.ready).toBeUndefined();
  });

  it("are messages with a caption where WhatsApp shows one, and a document's name", () => {
    const [photo] = after(added("a.jpg"), typed(0, JPEG), ready(0));
    expect(draftOf(photo!, "c", "m1")).toEqual({
      conversation_id: "c",
      message_type: "image",
      content: { caption: "Veja" },
      reply_to_message_id: "m1",
      file: { name: "a.jpg", type: "", size: 3, width: 4, height: 3, seconds: undefined },
    });
    expect(draftOf({ ...photo!, choice: "document" }, "c", undefined)).toMatchObject({ message_type: "document", content: { caption: "Veja", filename: "a.jpg" } });
    expect(draftOf({ ...photo!, choice: "sticker" }, "c", undefined).content).toEqual({});
    expect([takesCaption("jpeg"), takesCaption("audio"), takesCaption(undefined)]).toEqual([true, false, false]);
  });

  it("are judged by their content", async () => {
    const [attachment] = after(added("a.jpg"));
    expect(await judged(attachment!)).toMatchObject({ type: { mimeType: "text/plain" }, judgement: { choices: ["document"] } });
  });
});
