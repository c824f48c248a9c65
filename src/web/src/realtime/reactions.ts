import type { Message } from "pytake-client";
import type { Queued } from "./outbox";

export interface Reaction {
  readonly emoji: string;
  /** To WhatsApp the business is one person, so a message has one of the customer's and one of ours. */
  readonly sender_type: "contact" | "agent";
}

/** What a message shows when our reaction to it is this one; an empty one is taken back. */
export function withOurs(reactions: readonly unknown[] | undefined, emoji: string): Reaction[] {
  const others = ((reactions ?? []) as Reaction[]).filter(({ sender_type }) => sender_type !== "agent");
  return emoji === "" ? others : [...others, { emoji, sender_type: "agent" }];
}

/** A message's reactions with the one that is on its way, and the one that the server would not have. */
export function shownReactions({ id, reactions }: Message, queued: readonly Queued[]) {
  const own = queued.filter(({ message_type, reply_to_message_id }) => message_type === "reaction" && reply_to_message_id === id);
  const coming = own.findLast(({ refusal }) => refusal === undefined);
  return {
    reactions: coming ? withOurs(reactions, emojiOf(coming)) : ((reactions ?? []) as Reaction[]),
    refused: own.find(({ refusal }) => refusal !== undefined),
  };
}

export function emojiOf({ content }: Pick<Message, "content">): string {
  return String(content.emoji ?? "");
}
