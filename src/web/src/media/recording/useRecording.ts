import { useEffect, useState } from "react";
import { usePlayer, useRecordings } from "../PlayerProvider";
import type { Recording } from "./Recording";

/** The voice message that is being made in one place (a conversation). Leaving the place ends the recording and keeps it. */
export function useRecording(place: string) {
  const recordings = useRecordings();
  const player = usePlayer();
  const [recording, setRecording] = useState<Recording | undefined>(() => recordings.get(place));
  useEffect(() => () => recordings.get(place)?.stop(), [recordings, place]);

  const start = async () => {
    player.pause();
    const { Recording } = await import("./Recording");
    const made = new Recording();
    recordings.set(place, made);
    setRecording(made);
    await made.start();
  };
  const end = () => {
    recordings.get(place)?.discard();
    recordings.delete(place);
    setRecording(undefined);
  };
  return { recording, start, end };
}
