/** A part of a text, as WhatsApp's own apps show it. */
export type Part =
  | { kind: "plain" | "link" | "code"; text: string }
  | { kind: "bold" | "italic" | "strike"; parts: Part[] };

/** Marked words: the mark touches them inside, and no letter or digit outside, so that snake_case and 3*4*5 stay as they are. */
const marked = (name: string, mark: string) =>
  `(?<![\\p{L}\\p{N}])[${mark}](?<${name}>[^\\s${mark}](?:[^\\n${mark}]*[^\\s${mark}])?)[${mark}](?![\\p{L}\\p{N}])`;

const MARKED = new RegExp(
  [
    "(?<link>https?:\\/\\/[^\\s<>\"]+[^\\s<>\".,;:!?)\\]}'*_~])",
    "```(?<block>[\\s\\S]+?)```",
    "`(?<code>[^`\\n]+)`",
    marked("bold", "*"),
    marked("italic", "_"),
    marked("strike", "~"),
  ].join("|"),
  "gu",
);

/** Reads what people type as `*bold*`, `_italic_`, `~strike~`, code between three backticks or one, and web addresses. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(MARKED)) {
    if (match.index > end) parts.push({ kind: "plain", text: text.slice(end, match.index) });
    parts.push(partOf(match.groups!));
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ kind: "plain", text: text.slice(end) });
  return parts;
}

function partOf({ link, block, code, bold, italic, strike }: Record<string, string | undefined>): Part {
  if (link !== undefined) return { kind: "link", text: link };
  if (bold !== undefined) return { kind: "bold", parts: partsOf(bold) };
  if (italic !== undefined) return { kind: "italic", parts: partsOf(italic) };
  if (strike !== undefined) return { kind: "strike", parts: partsOf(strike) };
  return { kind: "code", text: block ?? code! };
}
