import { useEffect, useState } from "react";
import { useObjectUrl } from "../../../media/useObjectUrl";
import { useLive } from "../../../realtime/LiveProvider";
import type { MediaFile } from "./mediaFile";

/** A file that is still in the browser: one that is queued, or that was just sent from here. */
export function useLocalBlob({ localId, url }: MediaFile): Blob | undefined {
  const { outbox } = useLive();
  const [blob, setBlob] = useState(() => (localId === undefined ? undefined : outbox.files.peek(localId)));
  const isStoredHereOnly = localId !== undefined && url === undefined && blob === undefined;
  useEffect(() => {
    if (!isStoredHereOnly) return;
    let isShown = true;
    void outbox.files.find(localId).then((found) => isShown && setBlob(found));
    return () => void (isShown = false);
  }, [outbox, localId, isStoredHereOnly]);
  return blob;
}

/** The address of such a file. */
export function useLocalUrl(file: MediaFile): string | undefined {
  return useObjectUrl(useLocalBlob(file));
}
