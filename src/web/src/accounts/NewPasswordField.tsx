import { useState } from "react";
import { useTranslation } from "react-i18next";
import { PasswordField } from "../ui/PasswordField";
import { useProblem } from "./useProblem";

/** What the server demands; whether a password is too common it says when it is asked. */
const SHORTEST = 8;
const LONGEST = 128;

interface NewPasswordFieldProps {
  name: string;
  label: string;
  /** Why the request failed that it was sent with. */
  failure: unknown;
  /** Another password is being typed, so that the failure is over. */
  onEdit: () => void;
  autoFocus?: boolean;
}

/** A field for a password that is to be: it says while one types what is missing, and afterwards what the server says. */
export function NewPasswordField({ name, label, failure, onEdit, autoFocus }: NewPasswordFieldProps) {
  const { t } = useTranslation("accounts");
  const { field } = useProblem();
  const [length, setLength] = useState(0);
  const missing = SHORTEST - length;
  return (
    <PasswordField
      name={name}
      label={label}
      autoComplete="new-password"
      minLength={SHORTEST}
      maxLength={LONGEST}
      required
      autoFocus={autoFocus}
      error={field(failure, name)}
      hint={length > 0 && missing > 0 ? t("newPassword.missing", { count: missing }) : t(length > 0 ? "newPassword.enough" : "newPassword.rules")}
      onChange={(event) => {
        setLength([...event.currentTarget.value].length);
        if (failure) onEdit();
      }}
    />
  );
}
