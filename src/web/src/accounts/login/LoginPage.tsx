import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Brand } from "../ui/Brand";
import { Button } from "../ui/Button";
import { TextField } from "../ui/Field";
import { Preferences } from "../ui/Preferences";
import styles from "./LoginPage.module.css";
import { LoginError } from "./session";
import { useSession, useSessionState } from "./SessionContext";

export function LoginPage() {
  const { t } = useTranslation("accounts");
  const state = useSessionState();
  const { error, busy, submit } = useLogin();
  useLeaveWhenLoggedIn();

  return (
    <main className={styles.page}>
      <div className={styles.preferences}>
        <Preferences />
      </div>
      <form className={styles.card} onSubmit={submit}>
        <Brand />
        <h1 className={styles.title}>{t("title")}</h1>
        {state === "ended" && !error && (
          <p className={styles.notice} role="status">
            {t("ended")}
          </p>
        )}
        <TextField name="email" type="email" label={t("email")} autoComplete="username" required autoFocus />
        <TextField name="password" type="password" label={t("password")} autoComplete="current-password" required />
        {error && (
          <p className={styles.error} role="alert">
            {error}
          </p>
        )}
        <Button type="submit" look="primary" busy={busy} className={styles.submit}>
          {busy ? t("loggingIn") : t("logIn")}
        </Button>
      </form>
    </main>
  );
}

function useLogin() {
  const session = useSession();
  const words = useLoginWords();
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError("");
    try {
      await session.logIn(String(form.get("email")), String(form.get("password")));
    } catch (failure) {
      setError(words(failure));
    } finally {
      setBusy(false);
    }
  }
  return { error, busy, submit };
}

/** The session may also have begun in another tab. */
function useLeaveWhenLoggedIn() {
  const state = useSessionState();
  const { next } = useSearch({ from: "/login" });
  const navigate = useNavigate();
  useEffect(() => {
    if (state === "in") void navigate({ href: next ?? "/inbox", replace: true });
  }, [state, next, navigate]);
}

function useLoginWords(): (failure: unknown) => string {
  const { t } = useTranslation("accounts");
  return (failure) => {
    if (!(failure instanceof LoginError)) return String(failure);
    switch (failure.status) {
      case undefined:
        return t("errors.unreachable");
      case 401:
        return t("errors.wrong");
      case 403: {
        const seconds = /in (\d+) seconds/.exec(failure.message)?.[1];
        return seconds ? t("errors.locked", { count: Number(seconds) }) : t("errors.inactive");
      }
      case 429:
        return t("errors.tooMany");
      case 422:
        return failure.message;
      default:
        return t("errors.server", { status: failure.status });
    }
  };
}
