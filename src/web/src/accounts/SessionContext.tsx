import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useSyncExternalStore, type ReactNode } from "react";
import { me } from "../api/api";
import type { Me } from "../api/types";
import type { Session, SessionState } from "./session";

const SessionContext = createContext<Session | undefined>(undefined);

/** Gives the session to the app, and forgets what was loaded for one user before another comes. */
export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  const queries = useQueryClient();
  const state = useSyncExternalStore(
    (listener) => session.subscribe(listener),
    () => session.state,
  );
  useEffect(() => {
    if (state !== "in") queries.clear();
  }, [state, queries]);
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("There is no SessionProvider around this");
  return session;
}

export function useSessionState(): SessionState {
  const session = useSession();
  return useSyncExternalStore(
    (listener) => session.subscribe(listener),
    () => session.state,
  );
}

export const meQuery = { queryKey: ["me"], queryFn: me, staleTime: Infinity };

/** The caller with their permissions; only below the shell, which waits for it. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  if (!data) throw new Error("The caller is not known yet");
  return data;
}

export function useMay(permission: string): boolean {
  return useMe().permissions.includes(permission);
}
