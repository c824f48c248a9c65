import { RestError } from "pytake-client";
import { useEffect, useRef, useState } from "react";
import { entry } from "../../api/entry";
import { fillsPasskeysIn, getPasskey, hasPasskeys } from "../passkeys";
import { useSession } from "../SessionContext";
import { useAttempt } from "../useAttempt";

export interface PasskeyLogin {
  isPossible: boolean;
  busy: boolean;
  failure: Error | null;
  start: () => void;
  /** Forgets the failure. */
  reset: () => void;
}

interface PasskeyLoginOptions {
  /** For the second factor of a password that was right. */
  mfaToken?: string;
  /** Offers the passkeys also among what the browser fills the e-mail field with, where it can. */
  fillsIn?: boolean;
}

/** A login with a passkey, alone or after the password. */
export function usePasskeyLogin({ mfaToken, fillsIn = false }: PasskeyLoginOptions): PasskeyLogin {
  const session = useSession();
  const offer = useRef<AbortController>(undefined);
  const [isPossible, setIsPossible] = useState(hasPasskeys);

  const { mutate, isPending, error, reset } = useAttempt(async () => {
    // A page asks its browser for one thing at a time.
    offer.current?.abort();
    const { state, public_key } = await entry.passkeyOptions(mfaToken);
    await session.begin(await entry.passkey(state, await getPasskey(public_key)));
  });

  useEffect(() => {
    if (!fillsIn) return;
    const offered = (offer.current = new AbortController());
    const { signal } = offered;
    const offerOne = async () => {
      if (!(await fillsPasskeysIn()) || signal.aborted) return;
      const { state, public_key } = await entry.passkeyOptions();
      const chosen = await getPasskey(public_key, { mediation: "conditional", signal });
      // What was offered a while ago may be too old: then the passkey is asked for again.
      await entry.passkey(state, chosen).then((answer) => session.begin(answer), () => mutate());
    };
    offerOne().catch((failure: unknown) => {
      // The installation has no address that passkeys can belong to. Whatever else fails was not asked for by the user.
      if (failure instanceof RestError && failure.status === 409) setIsPossible(false);
    });
    return () => offered.abort();
    // Once for the page: the browser waits until the user chooses.
  }, [fillsIn]);

  return { isPossible, busy: isPending, failure: error, start: () => mutate(), reset };
}
