import { useMutation } from "@tanstack/react-query";
import type { Conversation } from "pytake-client";
import { useLive } from "../../realtime/LiveProvider";

/** An action of an agent on a conversation. The answer is shown at once; the event that follows brings the same. */
export function useAct<T>(act: (value: T) => Promise<Conversation>, { done, refused }: { done?: () => void; refused?: () => void } = {}) {
  const { inbox } = useLive();
  return useMutation({
    mutationFn: act,
    onSuccess: (conversation) => {
      inbox.put(conversation);
      done?.();
    },
    ...(refused && { onError: refused }),
  });
}
