import { Link } from "@tanstack/react-router";
import { RestError } from "pytake-client";
import { useTranslation } from "react-i18next";
import { entry, type SecondFactorNeeded } from "../../api/entry";
import { ErrorNote } from "../../ui/ErrorNote";
import { TextField } from "../../ui/Field";
import { PasswordField } from "../../ui/PasswordField";
import { Problem } from "../Problem";
import { useSession, useSessionState } from "../SessionContext";
import { useAttempt } from "../useAttempt";
import { EntryForm } from "./EntryForm";
import styles from "./EntryPage.module.css";
import { PasskeyButton } from "./PasskeyButton";
import { usePasskeyLogin } from "./usePasskeyLogin";

interface PasswordStepProps {
  /** The second factor was not given in time. */
  tookTooLong: boolean;
  onSecondFactor: (needed: SecondFactorNeeded) => void;
}

export function PasswordStep({ tookTooLong, onSecondFactor }: PasswordStepProps) {
  const { t } = useTranslation("login");
  const session = useSession();
  const passkey = usePasskeyLogin({ fillsIn: true });
  const { mutate, isPending, error } = useAttempt(({ email, password }: { email: string; password: string }) => entry.logIn(email, password), {
    done: (answer) => ("mfa_required" in answer ? onSecondFactor(answer) : session.begin(answer)),
  });
  const logIn = (data: FormData) => {
    passkey.reset();
    mutate({ email: String(data.get("email")), password: String(data.get("password")) });
  };
  const isWrong = error instanceof RestError && error.status === 401;
  return (
    <>
      {!error && <Notice tookTooLong={tookTooLong} />}
      <EntryForm submit={t(isPending ? "loggingIn" : "logIn")} busy={isPending} onSubmit={logIn}>
        <TextField name="email" type="email" label={t("email")} autoComplete="username webauthn" required autoFocus />
        <PasswordField name="password" label={t("password")} autoComplete="current-password" required />
        {isWrong ? <ErrorNote isNew>{t("wrong")}</ErrorNote> : <Problem failure={error} />}
      </EntryForm>
      <PasskeyButton login={passkey} />
      <p className={styles.links}>
        <Link to="/forgot">{t("forgot.link")}</Link>
      </p>
    </>
  );
}

/** Why the page is here, where the user did not ask for it. */
function Notice({ tookTooLong }: { tookTooLong: boolean }) {
  const { t } = useTranslation("login");
  const { lost } = useSession();
  const state = useSessionState();
  if (!tookTooLong && state !== "ended") return null;
  return (
    <p className={styles.notice} role="status">
      {t(tookTooLong ? "second.over" : "ended")} {lost > 0 && t("accounts:unsent.lost", { count: lost })}
    </p>
  );
}
