import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { FormDialog } from "../../ui/FormDialog";
import { PasswordField } from "../../ui/PasswordField";
import { Problem } from "../Problem";
import { useAttempt } from "../useAttempt";
import { useProblem } from "../useProblem";

interface PasswordDialogProps<Answer> {
  title: string;
  submit: string;
  attempt: (password: string, data: FormData) => Promise<Answer>;
  onDone: (answer: Answer) => unknown;
  onClose: () => void;
  /** What it is about, and more fields. */
  children?: ReactNode;
}

/** A dialog that asks for the password before it does something for which a session alone is not enough. */
export function PasswordDialog<Answer>({ title, submit, attempt, onDone, onClose, children }: PasswordDialogProps<Answer>) {
  const { t } = useTranslation("profile");
  const { field } = useProblem();
  const { mutate, isPending, error, reset } = useAttempt(
    (data: FormData) => attempt(String(data.get("current_password")), data),
    { done: onDone },
  );
  return (
    <FormDialog title={title} submit={submit} busy={isPending} onSubmit={(data) => mutate(data)} onClose={onClose}>
      {children}
      <PasswordField
        name="current_password"
        label={t("password.current")}
        autoComplete="current-password"
        required
        error={field(error, "current_password")}
        onChange={() => error && reset()}
      />
      <Problem failure={error} fields={["current_password"]} />
    </FormDialog>
  );
}
