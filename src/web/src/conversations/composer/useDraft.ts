import { useCallback, useState } from "react";

const PREFIX = "pytake.draft.";

/** The unsent text of a conversation, which is kept through a reload and while another conversation is open. */
export function useDraft(conversationId: string) {
  const key = PREFIX + conversationId;
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? "");
  const change = useCallback(
    (value: string) => {
      setText(value);
      if (value === "") sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, value);
    },
    [key],
  );
  const clear = useCallback(() => change(""), [change]);
  return { text, change, clear };
}
