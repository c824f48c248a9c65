import { useId } from "react";
import { useTranslation } from "react-i18next";
import { own } from "../../../api/members";
import { CopyButton } from "../../../ui/CopyButton";
import { TextField } from "../../../ui/Field";
import { FormDialog } from "../../../ui/FormDialog";
import { QrCode } from "../../../ui/QrCode";
import { codeOf } from "../../codes";
import { Problem } from "../../Problem";
import { useAttempt } from "../../useAttempt";
import { useProblem } from "../../useProblem";
import styles from "./SecondFactor.module.css";

interface TotpConfirmationProps {
  secret: { secret: string; uri: string };
  /** With recovery codes, unless the user has some. */
  onDone: (recoveryCodes: string[] | null) => unknown;
  onClose: () => void;
}

/** Shows the secret to the authenticator app, and takes its first code as the proof that it has it. */
export function TotpConfirmation({ secret, onDone, onClose }: TotpConfirmationProps) {
  const { t } = useTranslation("profile");
  const { field } = useProblem();
  const key = useId();
  const { mutate, isPending, error } = useAttempt(own.confirmTotp, { done: ({ recovery_codes }) => onDone(recovery_codes) });
  return (
    <FormDialog
      title={t("second.scanTitle")}
      submit={t("second.confirm")}
      busy={isPending}
      onSubmit={(data) => mutate(codeOf(String(data.get("code"))))}
      onClose={onClose}
    >
      <p>{t("second.scan")}</p>
      <div className={styles.qr}>
        <QrCode text={secret.uri} label={t("second.qr")} />
      </div>
      <div className={styles.secret}>
        <p id={key}>{t("second.secret")}</p>
        <CopyButton text={secret.secret} />
        <code aria-labelledby={key} role="note">
          {grouped(secret.secret)}
        </code>
      </div>
      <TextField
        name="code"
        label={t("second.code")}
        className={styles.code}
        autoComplete="one-time-code"
        inputMode="numeric"
        required
        autoFocus
        error={field(error, "code") && t("second.wrong")}
      />
      <Problem failure={error} fields={["code"]} />
    </FormDialog>
  );
}

/** In groups of four, as people type it; apps ignore the spaces. */
function grouped(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, "$1 ");
}
