import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useSyncExternalStore, type ReactNode } from "react";
import { enrolmentDemanded, me } from "../api/api";
import type { Me } from "../api/types";
import type { Session, SessionState } from "./session";

const SessionContext = createContext<Session | undefined>(undefined);

/** Gives the session to the app, and forgets what was loaded for a user when they log out. */
export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  const queries = useQueryClient();
  const state = useSyncExternalStore(
    (listener) => session.subscribe(listener),
    () => session.state,
  );
  useEffect(() => {
    if (state !== "in") return;
    return () => {
      queries.clear();
      enrolmentDemanded.set(false);
    };
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

/** The user who is logged in, with their permissions. Only inside the shell, which waits until it is loaded. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  if (!data) throw new Error("The user is not loaded yet");
  return data;
}

export function useMay(permission: string): boolean {
  return useMe().permissions.includes(permission);
}
