import { RestError } from "pytake-client";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { entry, type SecondFactorNeeded } from "../../api/entry";
import { Button } from "../../ui/Button";
import { ErrorNote } from "../../ui/ErrorNote";
import { TextField } from "../../ui/Field";
import { codeOf, CODE_LENGTH } from "../codes";
import { Problem } from "../Problem";
import { useSession } from "../SessionContext";
import { useAttempt } from "../useAttempt";
import { EntryForm } from "./EntryForm";
import styles from "./EntryPage.module.css";
import { PasskeyButton } from "./PasskeyButton";
import { usePasskeyLogin } from "./usePasskeyLogin";

interface CodeStepProps {
  needed: SecondFactorNeeded;
  onBack: (tookTooLong: boolean) => void;
}

/** The second factor: a code of the authenticator app, a recovery code, or a passkey. */
export function CodeStep({ needed, onBack }: CodeStepProps) {
  const { t } = useTranslation("login");
  const { methods, mfa_token } = needed;
  const [isRecovery, setIsRecovery] = useState(!methods.includes("totp") && !methods.includes("passkey"));
  const passkey = usePasskeyLogin({ mfaToken: mfa_token });
  const isAsked = isRecovery || methods.includes("totp");
  useBackWhenOver(passkey.failure, onBack);
  return (
    <>
      <p className={styles.words}>{t(isRecovery ? "second.recoveryWords" : isAsked ? "second.words" : "second.passkeyWords")}</p>
      {isAsked && <CodeForm key={String(isRecovery)} mfaToken={mfa_token} isRecovery={isRecovery} onBack={onBack} />}
      {methods.includes("passkey") && <PasskeyButton login={passkey} />}
      <div className={styles.links}>
        {methods.includes("recovery_code") && (
          <Button look="quiet" onClick={() => setIsRecovery(!isRecovery)}>
            {t(isRecovery ? "second.useOther" : "second.useRecovery")}
          </Button>
        )}
        <Button look="quiet" icon="back" onClick={() => onBack(false)}>
          {t("back")}
        </Button>
      </div>
    </>
  );
}

function CodeForm({ mfaToken, isRecovery, onBack }: { mfaToken: string; isRecovery: boolean; onBack: (tookTooLong: boolean) => void }) {
  const { t } = useTranslation("login");
  const session = useSession();
  const input = useRef<HTMLInputElement>(null);
  const { mutate, isPending, error } = useAttempt((code: string) => entry.confirm(mfaToken, code), { done: (answer) => session.begin(answer) });
  const isWrong = error instanceof RestError && error.status === 401 && !isOver(error);
  useBackWhenOver(error, onBack);
  useEffect(() => {
    if (error) input.current?.select();
  }, [error]);

  /** A code that is complete, typed or pasted, is sent at once. */
  const change = (text: string) => {
    if (!isRecovery && codeOf(text).length === CODE_LENGTH && !isPending) mutate(codeOf(text));
  };
  const submit = (data: FormData) => mutate(isRecovery ? String(data.get("code")).trim() : codeOf(String(data.get("code"))));
  return (
    <EntryForm submit={t(isPending ? "second.confirming" : "second.confirm")} busy={isPending} onSubmit={submit}>
      <TextField
        ref={input}
        name="code"
        label={t(isRecovery ? "second.recoveryCode" : "second.code")}
        className={isRecovery ? styles.recoveryCode : styles.code}
        autoComplete={isRecovery ? "off" : "one-time-code"}
        inputMode={isRecovery ? "text" : "numeric"}
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => change(event.currentTarget.value)}
        required
        autoFocus
      />
      {isWrong ? <ErrorNote isNew>{t(isRecovery ? "second.wrongRecovery" : "second.wrong")}</ErrorNote> : <Problem failure={error} />}
    </EntryForm>
  );
}

/** The time for the second factor is over: the password has to be given again. */
function useBackWhenOver(failure: unknown, onBack: (tookTooLong: boolean) => void) {
  useEffect(() => {
    if (isOver(failure)) onBack(true);
  }, [failure]);
}

function isOver(failure: unknown): boolean {
  return failure instanceof RestError && failure.status === 401 && /log in again/i.test(failure.message);
}
