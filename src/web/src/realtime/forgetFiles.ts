import type { Session } from "../accounts/session";
import { IndexedFiles } from "./indexedFiles";
import { tokens } from "../api/client";

/** Deletes the files that wait to be sent whenever nobody is logged in any more, in whichever tab the session ended. */
export function forgetFilesWithSession(session: Session): void {
  const files = new IndexedFiles();
  const forget = async () => {
    // Where another user has logged in, in another tab, the files are theirs.
    if (session.state !== "in" && !(await tokens.read())) await files.clear();
  };
  const look = () =>
    void forget().catch(() => {
      // The browser keeps no files.
    });
  look();
  session.subscribe(look);
}
