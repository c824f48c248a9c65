import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { users } from "../api/api";
import type { User } from "../api/types";

/** The organization's users by their id; empty until they are loaded. */
export function useUsers(): ReadonlyMap<string, User> {
  const { data } = useQuery({ queryKey: ["users"], queryFn: users });
  return useMemo(() => new Map(data?.map((user) => [user.id, user])), [data]);
}
