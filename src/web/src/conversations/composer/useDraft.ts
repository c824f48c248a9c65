import { useCallback, useState } from "react";

const PREFIX = "pytake.draft.";

/** What was written and not sent yet, for each conversation; a reload or another conversation does not lose it. */
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
