import type { Message } from "pytake-client";
import { describe, expect, it } from "vitest";
import type { Queued } from "./outbox";
import { shownReactions, withOurs } from "./reactions";

const theirs = { emoji: "❤️", sender_type: "contact" as const };
const ours = (emoji: string) => ({ emoji, sender_type: "agent" as const });
const message = { id: "m", reactions: [theirs, ours("👍")] } as unknown as Message;
const queued = (emoji: string, values: Partial<Queued> = {}): Queued => ({
  id: emoji,
  conversation_id: "c",
  message_type: "reaction",
  content: { message_id: "m", emoji },
  reply_to_message_id: "m",
  created_at: "2026-03-01T12:00:00Z",
  ...values,
});

describe("our reaction", () => {
  it("replaces our last, and leaves the customer's", () => {
    expect(withOurs([theirs, ours("👍")], "🙏")).toEqual([theirs, ours("🙏")]);
    expect(withOurs([theirs, ours("👍")], "")).toEqual([theirs]);
    expect(withOurs(undefined, "👍")).toEqual([ours("👍")]);
  });

  it("is shown while it is queued, and the last of several", () => {
    expect(shownReactions(message, [queued("😂"), queued("🙏")]).reactions).toEqual([theirs, ours("🙏")]);
    expect(shownReactions(message, [queued("")]).reactions).toEqual([theirs]);
  });

  it("is the earlier one again when the server refuses another, and the refusal is shown", () => {
    const refused = queued("🙏", { refusal: "The conversation is closed" });
    expect(shownReactions(message, [refused])).toEqual({ reactions: [theirs, ours("👍")], refused });
  });

  it("is neither an answer to the message nor a reaction to another one", () => {
    const others = [queued("🙏", { reply_to_message_id: "n" }), queued("😂", { message_type: "text" })];
    expect(shownReactions(message, others)).toEqual({ reactions: [theirs, ours("👍")], refused: undefined });
  });
});
