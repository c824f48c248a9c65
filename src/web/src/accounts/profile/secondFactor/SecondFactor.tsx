import { useState } from "react";
import { useTranslation } from "react-i18next";
import { own, type SecondFactors } from "../../../api/members";
import { Button } from "../../../ui/Button";
import { Actions, Section } from "../../../ui/Section";
import { Badge, Failure, Loading } from "../../../ui/State";
import { PasswordDialog } from "../PasswordDialog";
import styles from "../Profile.module.css";
import { RecoveryCodesDialog } from "./RecoveryCodesDialog";
import { TotpDialog } from "./TotpDialog";
import { useFactors, useRefreshFactors } from "./useFactors";

/** The authenticator app and the recovery codes. */
export function SecondFactor() {
  const { t } = useTranslation("profile");
  const { data, error, refetch } = useFactors();
  return (
    <Section title={t("second.title")} words={t("second.words")}>
      {error ? <Failure error={error} onRetry={() => void refetch()} /> : data ? <Factors factors={data} /> : <Loading lines={1} />}
    </Section>
  );
}

type Open = "setUp" | "remove" | "codes";

function Factors({ factors }: { factors: SecondFactors }) {
  const { t } = useTranslation("profile");
  const [open, setOpen] = useState<Open>();
  const [codes, setCodes] = useState<string[]>();
  const refresh = useRefreshFactors();
  const close = () => setOpen(undefined);
  const { totp, required, recovery_codes_left, passkeys } = factors;
  const hasAny = totp || passkeys.length > 0;
  return (
    <>
      <p className={styles.name}>
        {t("second.app")}
        <Badge tone={totp ? "good" : "neutral"}>{t(totp ? "second.on" : "second.off")}</Badge>
        {required && <Badge tone="info">{t("second.required")}</Badge>}
      </p>
      {hasAny && (
        <p className={styles.details}>
          {t("second.left", { count: recovery_codes_left })} {recovery_codes_left < 3 && <Badge tone="warning">{t("second.few")}</Badge>}
        </p>
      )}
      <Actions>
        {totp ? (
          <Button look="danger" onClick={() => setOpen("remove")}>
            {t("second.remove")}
          </Button>
        ) : (
          <Button look="primary" onClick={() => setOpen("setUp")}>
            {t("second.setUp")}
          </Button>
        )}
        {hasAny && <Button onClick={() => setOpen("codes")}>{t("codes.renew")}</Button>}
      </Actions>
      {open === "setUp" && <TotpDialog onDone={refresh} onClose={close} />}
      {open === "remove" && (
        <PasswordDialog
          title={t("second.removeTitle")}
          submit={t("second.remove")}
          attempt={own.removeTotp}
          onDone={() => {
            close();
            return refresh();
          }}
          onClose={close}
        >
          <p>{t("second.removeWords")}</p>
        </PasswordDialog>
      )}
      {open === "codes" && (
        <PasswordDialog
          title={t("codes.renewTitle")}
          submit={t("codes.renew")}
          attempt={own.renewRecoveryCodes}
          onDone={({ recovery_codes }) => {
            close();
            setCodes(recovery_codes ?? []);
            return refresh();
          }}
          onClose={close}
        >
          <p>{t("codes.renewWords")}</p>
        </PasswordDialog>
      )}
      {codes && <RecoveryCodesDialog codes={codes} onClose={() => setCodes(undefined)} />}
    </>
  );
}
