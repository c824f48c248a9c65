import type { Message } from "pytake-client";
import { createContext, useContext, useMemo, useState, type ReactNode } from "react";

interface Reply {
  /** The message that the next one will answer. */
  to: Message | undefined;
  set: (message: Message | undefined) => void;
}

const ReplyContext = createContext<Reply>({ to: undefined, set: () => {} });

/** Passes the message to answer from the list of messages to the composer. */
export function ReplyProvider({ children }: { children: ReactNode }) {
  const [to, set] = useState<Message>();
  const reply = useMemo(() => ({ to, set }), [to]);
  return <ReplyContext value={reply}>{children}</ReplyContext>;
}

export function useReply(): Reply {
  return useContext(ReplyContext);
}
