import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SecondFactorNeeded } from "../../api/entry";
import { useSessionState } from "../SessionContext";
import { CodeStep } from "./CodeStep";
import { EntryPage } from "./EntryPage";
import { PasswordStep } from "./PasswordStep";

/** The password, and then the second factor where the account has one. */
export function LoginPage() {
  const { t } = useTranslation("login");
  const [needed, setNeeded] = useState<SecondFactorNeeded>();
  const [isOver, setIsOver] = useState(false);
  useLeaveWhenLoggedIn();
  const goBack = (tookTooLong: boolean) => {
    setIsOver(tookTooLong);
    setNeeded(undefined);
  };
  return (
    <EntryPage title={t(needed ? "second.title" : "title")}>
      {needed ? <CodeStep needed={needed} onBack={goBack} /> : <PasswordStep tookTooLong={isOver} onSecondFactor={setNeeded} />}
    </EntryPage>
  );
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
