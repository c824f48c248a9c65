import type { Conversation } from "pytake-client";
import { useEffect } from "react";
import { conversations } from "../api/api";
import { useLive } from "../realtime/LiveProvider";
import { useStore } from "../state/store";

/** A conversation as the list knows it; one that is not listed yet is asked for. */
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
        // Its messages say why; where the server was not reached, it is asked again when it is.
      },
    );
  }, [id, isUnknown, isLive, inbox]);
  return conversation;
}
