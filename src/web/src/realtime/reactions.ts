import type { Message } from "pytake-client";
import type { Queued } from "./outbox";

export interface Reaction {
  readonly emoji: string;
  /**
   * In WhatsApp the business is one participant, so a message has at most one reaction of the customer's and one of
   * ours.
   */
  readonly sender_type: "contact" | "agent";
}

/** The reactions with ours replaced; an empty emoji removes ours. */
export function withOurs(reactions: readonly unknown[] | undefined, emoji: string): Reaction[] {
  const others = ((reactions ?? []) as Reaction[]).filter(({ sender_type }) => sender_type !== "agent");
  return emoji === "" ? others : [...others, { emoji, sender_type: "agent" }];
}

/** A message's reactions, including a queued one of ours, and the reaction that the server has refused, if any. */
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
