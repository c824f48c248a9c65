import { useState } from "react";
import { useTranslation } from "react-i18next";
import { own } from "../../../api/members";
import { PasswordDialog } from "../PasswordDialog";
import { RecoveryCodesDialog } from "./RecoveryCodesDialog";
import { TotpConfirmation } from "./TotpConfirmation";

interface TotpDialogProps {
  /** The app is set up. */
  onDone: () => unknown;
  onClose: () => void;
}

/** Sets up an authenticator app: the password, the QR code with a first code of the app, and the recovery codes. */
export function TotpDialog({ onDone, onClose }: TotpDialogProps) {
  const { t } = useTranslation("profile");
  const [secret, setSecret] = useState<{ secret: string; uri: string }>();
  const [codes, setCodes] = useState<string[]>();
  if (codes) return <RecoveryCodesDialog codes={codes} onClose={onClose} />;
  if (secret) {
    return (
      <TotpConfirmation
        secret={secret}
        onDone={async (recoveryCodes) => {
          if (recoveryCodes) setCodes(recoveryCodes);
          else onClose();
          await onDone();
        }}
        onClose={onClose}
      />
    );
  }
  return (
    <PasswordDialog title={t("second.setUp")} submit={t("second.next")} attempt={own.beginTotp} onDone={setSecret} onClose={onClose}>
      <p>{t("second.setUpWords")}</p>
    </PasswordDialog>
  );
}
