import { Link } from "@tanstack/react-router";
import { RestError } from "pytake-client";
import { useTranslation } from "react-i18next";
import { entry } from "../../api/entry";
import { useStore } from "../../state/store";
import { NewPasswordField } from "../NewPasswordField";
import { Problem } from "../Problem";
import { useAttempt } from "../useAttempt";
import { DeadLink } from "./DeadLink";
import { EntryForm } from "./EntryForm";
import { EntryPage } from "./EntryPage";
import styles from "./EntryPage.module.css";
import { linkToken } from "./linkToken";

/** Where the link leads by which somebody chooses another password. */
export default function ResetPage() {
  const token = useStore(linkToken, (value) => value);
  return <Reset key={token} token={token} />;
}

function Reset({ token }: { token: string | undefined }) {
  const { t } = useTranslation("login");
  const { mutate, isPending, isSuccess, error, reset } = useAttempt((password: string) => entry.reset(token!, password));
  if (token === undefined || (error instanceof RestError && error.status === 400)) return <DeadLink kind="reset" />;
  return (
    <EntryPage title={t(isSuccess ? "reset.doneTitle" : "reset.title")}>
      {isSuccess ? (
        <p role="status">{t("reset.done")}</p>
      ) : (
        <>
          <p className={styles.words}>{t("reset.words")}</p>
          <EntryForm submit={t("reset.save")} busy={isPending} onSubmit={(data) => mutate(String(data.get("new_password")))}>
            <NewPasswordField name="new_password" label={t("newPassword")} failure={error} onEdit={reset} autoFocus />
            <Problem failure={error} fields={["new_password"]} />
          </EntryForm>
        </>
      )}
      <p className={styles.links}>
        <Link to="/login">{t("toLogin")}</Link>
      </p>
    </EntryPage>
  );
}
