import type { Conversation } from "pytake-client";
import { useEffect } from "react";
import { conversations } from "../api/api";
import type { OpenConversation } from "../realtime/ConversationFeed";
import { isKept } from "../realtime/inboxState";
import { useLive } from "../realtime/LiveProvider";
import { useStore } from "../state/store";

/**
 * A conversation from the list. One that the watched view does not have is loaded, and again when something says that it
 * may have changed: a message of it, and conversations that were assigned, closed or opened.
 */
export function useConversation({ id, messages }: OpenConversation): Conversation | undefined {
  const { inbox, connection } = useLive();
  const conversation = useStore(inbox.state, (state) => state.conversations.get(id));
  const isWatched = useStore(inbox.state, (state) => isKept(state, id));
  const isLive = useStore(connection.state, ({ status }) => status === "live");
  const position = useStore(messages, (state) => state.position);
  const moves = useStore(inbox.counts, (counts) => counts && [counts.open, counts.mine, counts.unassigned, counts.pending].join());
  useEffect(() => {
    if (isWatched) return;
    inbox.refresh(id, conversations.get).catch(() => {
      // The messages show the same error; after a lost connection this is repeated.
    });
  }, [id, isWatched, isLive, position, moves, inbox]);
  return conversation;
}
