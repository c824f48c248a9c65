import { useQueryClient } from "@tanstack/react-query";
import { useAttempt } from "../useAttempt";

/** A change to a member, after which the list is loaded again. */
export function useChange<Value = void, Answer = unknown>(change: (value: Value) => Promise<Answer>, done: (answer: Answer) => unknown) {
  const queries = useQueryClient();
  return useAttempt(change, {
    done: (answer: Answer) => {
      done(answer);
      return queries.invalidateQueries({ queryKey: ["users"] });
    },
  });
}
