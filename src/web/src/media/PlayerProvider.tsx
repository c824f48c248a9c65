import { createContext, useContext, useEffect, useMemo, type ReactNode } from "react";
import { Player } from "./Player";
import type { Recording } from "./recording/Recording";

interface Sounds {
  player: Player;
  /** What was recorded for each conversation and is not sent yet, so that it is there when the agent comes back. */
  recordings: Map<string, Recording>;
}

const SoundsContext = createContext<Sounds | undefined>(undefined);

/** Holds the one player, and recordings, above whatever page is shown. It is silent when the user leaves, and keeps nothing. */
export function PlayerProvider({ userId, children }: { userId: string; children: ReactNode }) {
  const sounds = useMemo<Sounds>(() => ({ player: new Player({ userId }), recordings: new Map() }), [userId]);
  useEffect(
    () => () => {
      sounds.player.stop();
      sounds.recordings.forEach((recording) => recording.discard());
      sounds.recordings.clear();
    },
    [sounds],
  );
  return <SoundsContext value={sounds}>{children}</SoundsContext>;
}

export function usePlayer(): Player {
  return useSounds().player;
}

export function useRecordings(): Map<string, Recording> {
  return useSounds().recordings;
}

function useSounds(): Sounds {
  const sounds = useContext(SoundsContext);
  if (!sounds) throw new Error("There is no PlayerProvider around this");
  return sounds;
}
