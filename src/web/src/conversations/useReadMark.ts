import type { Conversation } from "pytake-client";
import { useEffect, useSyncExternalStore } from "react";
import { useMay } from "../accounts/SessionContext";
import { conversations } from "../api/api";
import type { OpenConversation } from "../realtime/ConversationFeed";
import { useLive } from "../realtime/LiveProvider";
import { useStore } from "../state/store";

/** Marks the conversation as read up to what is shown, while the page is visible and has the focus. */
export function useReadMark(open: OpenConversation, conversation: Conversation | undefined): void {
  const { inbox } = useLive();
  const mayWrite = useMay("conversations:write");
  const isSeen = useSyncExternalStore(onVisibility, () => document.visibilityState === "visible" && document.hasFocus());
  const isUnread = useStore(inbox.state, ({ unread }) => (unread.get(open.id) ?? 0) > 0);
  const position = useStore(open.messages, (state) => state.position);
  const isLoaded = conversation !== undefined && position > 0;

  useEffect(() => {
    if (!mayWrite || !isSeen || !isUnread || !isLoaded) return;
    conversations.read(open.id, position).catch(() => {
      // The next message, or the next time the page has the focus, repeats it.
    });
  }, [open.id, mayWrite, isSeen, isUnread, isLoaded, position]);
}

function onVisibility(listener: () => void): () => void {
  document.addEventListener("visibilitychange", listener);
  addEventListener("focus", listener);
  addEventListener("blur", listener);
  return () => {
    document.removeEventListener("visibilitychange", listener);
    removeEventListener("focus", listener);
    removeEventListener("blur", listener);
  };
}
