import { useMutation } from "@tanstack/react-query";

/** A request that the user waits for. Without a network it fails at once, in words, and is not kept for later. */
export function useAttempt<Value = void, Answer = unknown>(
  attempt: (value: Value) => Promise<Answer>,
  { done }: { done?: (answer: Answer, value: Value) => unknown } = {},
) {
  return useMutation({
    mutationFn: attempt,
    networkMode: "always",
    ...(done && { onSuccess: (answer: Answer, value: Value) => done(answer, value) }),
  });
}
