import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { own } from "../../api/members";
import { Button } from "../../ui/Button";
import { PasswordField } from "../../ui/PasswordField";
import { Actions, Section } from "../../ui/Section";
import { NewPasswordField } from "../NewPasswordField";
import { Problem } from "../Problem";
import { useMe } from "../SessionContext";
import { useAttempt } from "../useAttempt";
import { useProblem } from "../useProblem";
import styles from "./Profile.module.css";
import { Saved } from "./Saved";

export function Password() {
  const { t } = useTranslation("profile");
  const { field } = useProblem();
  const { email } = useMe();
  const queries = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const { mutate, isPending, isSuccess, error, reset } = useAttempt(
    ({ current, chosen }: { current: string; chosen: string }) => own.changePassword(current, chosen),
    {
      done: () => {
        form.current?.reset();
        return queries.invalidateQueries({ queryKey: ["sessions"] });
      },
    },
  );
  return (
    <Section title={t("password.title")} words={t("password.words")}>
      <form
        ref={form}
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          const data = new FormData(event.currentTarget);
          mutate({ current: String(data.get("current_password")), chosen: String(data.get("new_password")) });
        }}
      >
        {/* What a password manager keeps the new password under. */}
        <input type="email" autoComplete="username" value={email} readOnly hidden />
        <PasswordField
          name="current_password"
          label={t("password.current")}
          autoComplete="current-password"
          required
          error={field(error, "current_password")}
          onChange={() => error && reset()}
        />
        <NewPasswordField name="new_password" label={t("password.new")} failure={error} onEdit={reset} />
        <Problem failure={error} fields={["current_password", "new_password"]} />
        <Actions>
          <Button type="submit" look="primary" busy={isPending}>
            {t("password.change")}
          </Button>
          <Saved isShown={isSuccess}>{t("password.changed")}</Saved>
        </Actions>
      </form>
    </Section>
  );
}
