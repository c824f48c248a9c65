import { useQuery, useQueryClient } from "@tanstack/react-query";
import { own } from "../../../api/members";

const queryKey = ["factors"];

/** What the user confirms logins with. */
export function useFactors() {
  return useQuery({ queryKey, queryFn: own.factors });
}

/** Loads it again, after a change. */
export function useRefreshFactors(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey });
}
