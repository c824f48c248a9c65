import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { entry } from "../../api/entry";
import { TextField } from "../../ui/Field";
import { Problem } from "../Problem";
import { useAttempt } from "../useAttempt";
import { EntryForm } from "./EntryForm";
import { EntryPage } from "./EntryPage";
import styles from "./EntryPage.module.css";

/** Asks for a link to choose another password. Nobody learns here whether an account exists. */
export default function ForgotPage() {
  const { t } = useTranslation("login");
  const { mutate, isPending, isSuccess, error } = useAttempt((email: string) => entry.forgot(email));
  return (
    <EntryPage title={t(isSuccess ? "forgot.sentTitle" : "forgot.title")}>
      {isSuccess ? (
        <p role="status">{t("forgot.sent")}</p>
      ) : (
        <>
          <p className={styles.words}>{t("forgot.words")}</p>
          <EntryForm submit={t("forgot.send")} busy={isPending} onSubmit={(data) => mutate(String(data.get("email")))}>
            <TextField name="email" type="email" label={t("email")} autoComplete="username" required autoFocus />
            <Problem failure={error} />
          </EntryForm>
        </>
      )}
      <p className={styles.links}>
        <Link to="/login">{t("toLogin")}</Link>
      </p>
    </EntryPage>
  );
}
