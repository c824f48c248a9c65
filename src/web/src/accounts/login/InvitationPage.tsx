import { useNavigate } from "@tanstack/react-router";
import { RestError } from "pytake-client";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { entry, type Invitation } from "../../api/entry";
import { useStore } from "../../state/store";
import { Fact } from "../../ui/Fact";
import { TextField } from "../../ui/Field";
import { Failure, Loading } from "../../ui/State";
import { NewPasswordField } from "../NewPasswordField";
import { Problem } from "../Problem";
import { useSession, useSessionState } from "../SessionContext";
import { useAttempt } from "../useAttempt";
import { useProblem } from "../useProblem";
import { DeadLink } from "./DeadLink";
import { EntryForm } from "./EntryForm";
import { EntryPage } from "./EntryPage";
import styles from "./EntryPage.module.css";
import { linkToken } from "./linkToken";

/** Where an invitation leads: who invites, and a password to choose; then straight in. */
export default function InvitationPage() {
  const { t } = useTranslation("login");
  const { words } = useProblem();
  const token = useStore(linkToken, (value) => value);
  const { mutate, data, error } = useAttempt(entry.invitation);
  useEffect(() => {
    if (token !== undefined) mutate(token);
  }, [token, mutate]);
  if (token === undefined || isDead(error)) return <DeadLink kind="invitation" />;
  return (
    <EntryPage title={t("invitation.title")}>
      {error ? <Failure error={new Error(words(error))} onRetry={() => mutate(token)} /> : data ? <Acceptance key={token} token={token} invitation={data} /> : <Loading lines={4} />}
    </EntryPage>
  );
}

function Acceptance({ token, invitation }: { token: string; invitation: Invitation }) {
  const { t } = useTranslation("login");
  const { field } = useProblem();
  const session = useSession();
  const isOccupied = useSessionState() === "in";
  const navigate = useNavigate();
  const { mutate, isPending, error, reset } = useAttempt(
    ({ name, password }: { name: string; password: string }) => entry.accept(token, name, password),
    {
      done: async (answer) => {
        await session.begin(answer);
        await navigate({ to: "/inbox", replace: true });
      },
    },
  );
  if (isDead(error)) return <p role="alert">{t("invitation.dead")}</p>;
  const { email, full_name, role, organization_name, invited_by } = invitation;
  return (
    <>
      <p>{invited_by ? t("invitation.by", { name: invited_by, organization: organization_name }) : t("invitation.first", { organization: organization_name })}</p>
      <dl className={styles.facts}>
        <Fact name={t("invitation.organization")}>{organization_name}</Fact>
        <Fact name={t("invitation.role")}>{t(`app:roles.${role}`)}</Fact>
      </dl>
      {isOccupied && (
        <p className={styles.notice} role="status">
          {t("invitation.occupied")}
        </p>
      )}
      <EntryForm
        submit={t("invitation.accept")}
        busy={isPending}
        onSubmit={(data) => mutate({ name: String(data.get("full_name")).trim(), password: String(data.get("password")) })}
      >
        <TextField label={t("email")} type="email" autoComplete="username" value={email} readOnly />
        <TextField
          name="full_name"
          label={t("invitation.name")}
          autoComplete="name"
          defaultValue={full_name}
          maxLength={200}
          required
          error={field(error, "full_name")}
        />
        <NewPasswordField name="password" label={t("newPassword")} failure={error} onEdit={reset} autoFocus />
        <Problem failure={error} fields={["password", "full_name"]} />
      </EntryForm>
    </>
  );
}

function isDead(failure: unknown): boolean {
  return failure instanceof RestError && failure.status === 400;
}
