import { useState, type ReactNode } from "react";
import { countPersonal } from "../state/personal";
import { LogOutDialog, type Unsent } from "./LogOutDialog";
import { useMe, useSession } from "./SessionContext";

/** Logs out, after a warning where something is not sent yet; the dialog is to be rendered. */
export function useLogOut(): { logOut: () => void; dialog: ReactNode } {
  const session = useSession();
  const { id } = useMe();
  const [unsent, setUnsent] = useState<Unsent>();
  const logOut = () => {
    const found = countPersonal(localStorage, id);
    if (found.outbox + found.draft > 0) setUnsent(found);
    else void session.logOut();
  };
  return { logOut, dialog: unsent && <LogOutDialog unsent={unsent} onClose={() => setUnsent(undefined)} /> };
}
