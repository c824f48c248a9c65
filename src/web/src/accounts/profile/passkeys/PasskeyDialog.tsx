import { useState } from "react";
import { useTranslation } from "react-i18next";
import { own } from "../../../api/members";
import { TextField } from "../../../ui/Field";
import { createPasskey } from "../../passkeys";
import { PasswordDialog } from "../PasswordDialog";
import { RecoveryCodesDialog } from "../secondFactor/RecoveryCodesDialog";
import { useDeviceName } from "../sessions/useDeviceName";

interface PasskeyDialogProps {
  /** The passkey is added. */
  onDone: () => unknown;
  onClose: () => void;
}

/** Adds a passkey: a name and the password, what the browser asks, and recovery codes where it is the first factor. */
export function PasskeyDialog({ onDone, onClose }: PasskeyDialogProps) {
  const { t } = useTranslation("profile");
  const deviceName = useDeviceName();
  const [codes, setCodes] = useState<string[]>();
  if (codes) return <RecoveryCodesDialog codes={codes} onClose={onClose} />;
  return (
    <PasswordDialog
      title={t("passkeys.add")}
      submit={t("passkeys.create")}
      attempt={async (password, data) => {
        const { state, public_key } = await own.passkeyOptions(password);
        return own.addPasskey(state, String(data.get("name")).trim(), await createPasskey(public_key));
      }}
      onDone={async ({ recovery_codes }) => {
        if (recovery_codes) setCodes(recovery_codes);
        else onClose();
        await onDone();
      }}
      onClose={onClose}
    >
      <p>{t("passkeys.addWords")}</p>
      <TextField
        name="name"
        label={t("passkeys.name")}
        hint={t("passkeys.nameWords")}
        defaultValue={deviceName(navigator.userAgent)}
        maxLength={80}
        required
      />
    </PasswordDialog>
  );
}
