import { fileTypeOf, type FileType } from "../../../media/fileType";
import { judge, kindOf, type Choice, type Judgement } from "../../../media/limits";
import { jpegOf, sizeOfPhoto } from "../../../media/photos";
import { factsOfVideo } from "../../../media/video";
import type { Draft } from "../../../realtime/outbox";

/** A file that an agent has picked and not sent yet. */
export interface Attachment {
  readonly id: string;
  readonly file: File;
  readonly caption: string;
  /** Undefined while the file is being read. */
  readonly type?: FileType;
  readonly judgement?: Judgement;
  /** What it is to go as; undefined where the agent has to decide. */
  readonly choice?: Choice | undefined;
  /** What is sent: the file itself, or the JPEG that was made of it. Undefined while that is made. */
  readonly ready?: Ready | undefined;
}

export interface Ready {
  readonly blob: Blob;
  readonly name: string;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly seconds?: number | undefined;
}

export type AttachmentAction =
  | { kind: "added"; files: readonly File[]; caption?: string }
  | { kind: "judged"; id: string; type: FileType; judgement: Judgement }
  | { kind: "chosen"; id: string; choice: Choice }
  | { kind: "ready"; id: string; choice: Choice; ready: Ready }
  /** No JPEG can be made of it, so that this choice is none. */
  | { kind: "undrawable"; id: string }
  | { kind: "captioned"; id: string; caption: string }
  | { kind: "removed"; id: string };

export function reduceAttachments(all: readonly Attachment[], action: AttachmentAction): readonly Attachment[] {
  switch (action.kind) {
    case "added":
      return [...all, ...action.files.map((file, index) => ({ id: crypto.randomUUID(), file, caption: (index === 0 && action.caption) || "" }))];
    case "removed":
      return all.filter(({ id }) => id !== action.id);
    case "judged":
      return changed(all, action.id, (attachment) => ({
        ...attachment,
        type: action.type,
        judgement: action.judgement,
        // What cannot go as it is is the agent's to decide.
        choice: action.judgement.trouble ? undefined : action.judgement.choices[0],
      }));
    case "chosen":
      return changed(all, action.id, (attachment) => ({ ...attachment, choice: action.choice, ready: undefined }));
    case "ready":
      return changed(all, action.id, (attachment) => (attachment.choice === action.choice ? { ...attachment, ready: action.ready } : attachment));
    case "undrawable":
      return changed(all, action.id, (attachment) => {
        const judgement = attachment.judgement!;
        const choices = judgement.choices.filter((choice) => choice !== "jpeg");
        return { ...attachment, choice: undefined, judgement: { ...judgement, trouble: judgement.trouble ?? "unreadable", choices } };
      });
    case "captioned":
      return changed(all, action.id, (attachment) => ({ ...attachment, caption: action.caption }));
  }
}

/** Whether everything can be sent as it is. */
export function areReady(all: readonly Attachment[]): boolean {
  return all.length > 0 && all.every(({ ready }) => ready !== undefined);
}

/** Reads a file and says what WhatsApp makes of it. */
export async function judged({ id, file }: Attachment): Promise<AttachmentAction> {
  const type = await fileTypeOf(file);
  return { kind: "judged", id, type, judgement: judge(type, file.size) };
}

/** Makes of a file what is to be sent. */
export async function prepared({ id, file, type }: Attachment, choice: Choice): Promise<AttachmentAction> {
  if (choice === "jpeg") {
    try {
      return { kind: "ready", id, choice, ready: { ...(await jpegOf(file)), name: named(file.name, "jpg") } };
    } catch {
      return { kind: "undrawable", id };
    }
  }
  const blob = file.type === type!.mimeType ? file : new File([file], file.name, { type: type!.mimeType });
  const facts = choice === "video" ? await factsOfVideo(blob) : choice === "image" || choice === "sticker" ? await sizeOfPhoto(blob) : undefined;
  return { kind: "ready", id, choice, ready: { blob, name: file.name, ...facts } };
}

/** Whether WhatsApp shows a caption with it. */
export function takesCaption(choice: Choice | undefined): boolean {
  return choice !== undefined && ["image", "video", "document"].includes(kindOf(choice));
}

/** The message that carries the file. */
export function draftOf({ choice, caption, ready }: Attachment, conversationId: string, replyTo: string | undefined): Draft {
  const { blob, name, width, height, seconds } = ready!;
  const words = takesCaption(choice) ? caption.trim() : "";
  return {
    conversation_id: conversationId,
    message_type: kindOf(choice!),
    content: { ...(words && { caption: words }), ...(choice === "document" && { filename: name }) },
    reply_to_message_id: replyTo,
    file: { name, type: blob.type, size: blob.size, width, height, seconds },
  };
}

function changed(all: readonly Attachment[], id: string, change: (attachment: Attachment) => Attachment): readonly Attachment[] {
  return all.map((attachment) => (attachment.id === id ? change(attachment) : attachment));
}

function named(name: string, extension: string): string {
  return `${name.replace(/\.[^.]*$/, "") || "foto"}.${extension}`;
}
