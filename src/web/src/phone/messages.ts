import type { MetaMessage } from "./events";
import type { Upload } from "./simulator";

/** Customers' messages in the form of Meta's webhooks. */
export const inbound = {
  text: (body: string, quoted?: string): MetaMessage => ({ type: "text", text: { body }, ...context(quoted) }),
  image: ({ id, mime_type, sha256 }: Upload, caption: string, quoted?: string): MetaMessage => ({
    type: "image",
    image: { id, mime_type, sha256, ...(caption && { caption }) },
    ...context(quoted),
  }),
  video: ({ id, mime_type, sha256 }: Upload, caption: string, quoted?: string): MetaMessage => ({
    type: "video",
    video: { id, mime_type, sha256, ...(caption && { caption }) },
    ...context(quoted),
  }),
  document: ({ id, mime_type, sha256 }: Upload, filename: string, caption: string, quoted?: string): MetaMessage => ({
    type: "document",
    document: { id, mime_type, sha256, filename, ...(caption && { caption }) },
    ...context(quoted),
  }),
  sticker: ({ id, mime_type, sha256 }: Upload, animated: boolean): MetaMessage => ({ type: "sticker", sticker: { id, mime_type, sha256, animated } }),
  sound: ({ id, mime_type, sha256 }: Upload): MetaMessage => ({ type: "audio", audio: { id, mime_type, sha256, voice: false } }),
  voice: ({ id, mime_type, sha256 }: Upload): MetaMessage => ({ type: "audio", audio: { id, mime_type, sha256, voice: true } }),
  location: (latitude: number, longitude: number, name?: string): MetaMessage => ({
    type: "location",
    location: { latitude, longitude, ...(name && { name }) },
  }),
  reaction: (wamid: string, emoji: string): MetaMessage => ({
    type: "reaction",
    reaction: { message_id: wamid, ...(emoji && { emoji }) },
  }),
  buttonReply: (wamid: string, id: string, title: string): MetaMessage => ({
    type: "interactive",
    interactive: { type: "button_reply", button_reply: { id, title } },
    ...context(wamid),
  }),
  listReply: (wamid: string, id: string, title: string, description?: string): MetaMessage => ({
    type: "interactive",
    interactive: { type: "list_reply", list_reply: { id, title, ...(description && { description }) } },
    ...context(wamid),
  }),
  templateButton: (wamid: string, text: string): MetaMessage => ({
    type: "button",
    button: { payload: text, text },
    ...context(wamid),
  }),
};

/** A button or list row of the company's, which the customer can tap. */
export interface Choice {
  title: string;
  description?: string | undefined;
  answer: (wamid: string) => MetaMessage;
}

interface Interactive {
  type?: string;
  body?: { text?: string };
  header?: { text?: string };
  footer?: { text?: string };
  action?: {
    button?: string;
    buttons?: { reply?: { id: string; title: string } }[];
    sections?: { title?: string; rows?: { id: string; title: string; description?: string }[] }[];
  };
}

/** The text of a message, whatever its type; empty where it has none. */
export function textOf(message: MetaMessage): string {
  const content = contentOf(message);
  switch (message.type ?? "text") {
    case "text":
      return string(content.body);
    case "interactive":
      return interactiveText(content as Interactive);
    case "button":
      return string(content.text);
    case "template":
      return templateText(content);
    case "location":
      return [content.name, content.address].filter(Boolean).join(", ");
    case "document":
      return string(content.caption) || string(content.filename);
    default:
      return string(content.caption);
  }
}

/** What a customer can tap below a message of the company's. */
export function choicesOf(message: MetaMessage): Choice[] {
  const content = contentOf(message);
  if (message.type === "template") return templateChoices(content);
  if (message.type !== "interactive") return [];
  const { action } = content as Interactive;
  const buttons = (action?.buttons ?? []).flatMap(({ reply }) =>
    reply ? [{ title: reply.title, answer: (wamid: string) => inbound.buttonReply(wamid, reply.id, reply.title) }] : [],
  );
  const rows = (action?.sections ?? []).flatMap(({ rows = [] }) =>
    rows.map(({ id, title, description }) => ({
      title,
      description,
      answer: (wamid: string) => inbound.listReply(wamid, id, title, description),
    })),
  );
  return [...buttons, ...rows];
}

export function contentOf(message: MetaMessage): Record<string, unknown> {
  const content = message[message.type ?? "text"];
  return typeof content === "object" && content !== null ? (content as Record<string, unknown>) : {};
}

/** The id of the message that this one answers. */
export const quotedBy = ({ context }: MetaMessage): string | undefined => context?.message_id ?? context?.id;

function interactiveText(content: Interactive & { button_reply?: { title: string }; list_reply?: { title: string } }): string {
  return (
    content.button_reply?.title ??
    content.list_reply?.title ??
    [content.header?.text, content.body?.text, content.footer?.text].filter(Boolean).join("\n")
  );
}

/** The template's name and parameters: its text is known to WhatsApp only. */
function templateText(content: Record<string, unknown>): string {
  const parameters = components(content)
    .filter(({ type }) => type !== "button")
    .flatMap(({ parameters = [] }) => parameters.map(({ text }) => text).filter(Boolean));
  return [string(content.name).replaceAll("_", " "), ...parameters].join(" · ");
}

function templateChoices(content: Record<string, unknown>): Choice[] {
  return components(content)
    .filter(({ type, sub_type }) => type === "button" && sub_type === "quick_reply")
    .map(({ parameters, index }) => parameters?.[0]?.payload ?? `${Number(index ?? 0) + 1}`)
    .map((title) => ({ title, answer: (wamid: string) => inbound.templateButton(wamid, title) }));
}

interface Component {
  type: string;
  sub_type?: string;
  index?: string;
  parameters?: { text?: string; payload?: string }[];
}

function components(content: Record<string, unknown>): Component[] {
  return Array.isArray(content.components) ? (content.components as Component[]) : [];
}

function context(wamid: string | undefined): Pick<MetaMessage, "context"> {
  return wamid === undefined ? {} : { context: { id: wamid } };
}

function string(value: unknown): string {
  return typeof value === "string" ? value : "";
}
