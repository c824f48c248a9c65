import type { Message } from "pytake-client";
import { useMemo } from "react";
import { useLive } from "../../../realtime/LiveProvider";
import { shownReactions } from "../../../realtime/reactions";
import { useStore } from "../../../state/store";

/** A message's reactions as shown on the screen, and a function that changes ours, which is shown at once. */
export function useReactions(message: Message) {
  const { outbox } = useLive();
  const queued = useStore(outbox.queued, (all) => all);
  const shown = useMemo(() => shownReactions(message, queued), [message, queued]);
  const ours = shown.reactions.find(({ sender_type }) => sender_type === "agent")?.emoji;
  /** Choosing the present reaction again removes it. */
  const react = (emoji: string) => {
    if (shown.refused) outbox.discard(shown.refused.id);
    outbox.add({
      conversation_id: message.conversation_id,
      message_type: "reaction",
      content: { message_id: message.id, emoji: emoji === ours ? "" : emoji },
      reply_to_message_id: message.id,
    });
  };
  return { ...shown, ours, react };
}
