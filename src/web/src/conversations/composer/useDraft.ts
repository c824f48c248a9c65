import { useCallback, useState } from "react";
import { useMe } from "../../accounts/SessionContext";
import { personalPrefix } from "../../state/personal";

/** The unsent text of a conversation, which is kept through a reload and while another conversation is open, until the logout. */
export function useDraft(conversationId: string) {
  const key = personalPrefix("draft", useMe().id) + conversationId;
  const [text, setText] = useState(() => localStorage.getItem(key) ?? "");
  const change = useCallback(
    (value: string) => {
      setText(value);
      if (value === "") localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    },
    [key],
  );
  const clear = useCallback(() => change(""), [change]);
  return { text, change, clear };
}
