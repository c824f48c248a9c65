import { createContext, useContext, useEffect, useState, type ReactNode } from "react";
import { client } from "../api/client";
import type { Me } from "../api/types";
import { Live } from "./Live";

const LiveContext = createContext<Live | undefined>(undefined);

export function LiveProvider({ me, children }: { me: Me; children: ReactNode }) {
  const [live, setLive] = useState<Live>();
  useEffect(() => {
    const started = new Live(client, me);
    setLive(started);
    return () => started.close();
    // A user whose name or permissions change is the same user.
  }, [me.id]);
  return live && <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("There is no LiveProvider around this");
  return live;
}
