import type { Conversation } from "pytake-client";
import { useEffect } from "react";
import { conversations } from "../api/api";
import { useLive } from "../realtime/LiveProvider";
import { useStore } from "../state/store";

/** A conversation from the list; one that is not in the list is loaded. */
export function useConversation(id: string): Conversation | undefined {
  const { inbox, connection } = useLive();
  const conversation = useStore(inbox.state, (state) => state.conversations.get(id));
  const isLive = useStore(connection.state, ({ status }) => status === "live");
  const isUnknown = conversation === undefined;
  useEffect(() => {
    if (!isUnknown) return;
    conversations.get(id).then(
      (found) => inbox.put(found),
      () => {
        // The messages show the same error; after a lost connection this is repeated.
      },
    );
  }, [id, isUnknown, isLive, inbox]);
  return conversation;
}
