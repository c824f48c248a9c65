import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { enrolmentDemanded } from "../../api/api";
import { Button } from "../../ui/Button";
import { EntryPage } from "../login/EntryPage";
import { hasPasskeys } from "../passkeys";
import { useSession } from "../SessionContext";
import styles from "./EnrolmentPage.module.css";
import { PasskeyDialog } from "./passkeys/PasskeyDialog";
import { TotpDialog } from "./secondFactor/TotpDialog";
import { useFactors } from "./secondFactor/useFactors";

/** All that a user sees who must set up a second factor before anything else. */
export default function EnrolmentPage() {
  const { t } = useTranslation("profile");
  const { data } = useFactors();
  const [open, setOpen] = useState<"app" | "passkey">();
  const session = useSession();
  const goOn = useGoOn();
  const close = () => {
    setOpen(undefined);
    void goOn();
  };
  return (
    <EntryPage title={t("enrolment.title")}>
      <p>{t("enrolment.words")}</p>
      <div className={styles.choices}>
        <Button look="primary" icon="phone" onClick={() => setOpen("app")}>
          {t("enrolment.app")}
        </Button>
        {hasPasskeys() && data?.passkeys_possible && (
          <Button icon="key" onClick={() => setOpen("passkey")}>
            {t("enrolment.passkey")}
          </Button>
        )}
      </div>
      <p className={styles.words}>{t("enrolment.help")}</p>
      <Button look="quiet" icon="logout" onClick={() => void session.logOut()}>
        {t("accounts:logOut")}
      </Button>
      {open === "app" && <TotpDialog onDone={() => {}} onClose={close} />}
      {open === "passkey" && <PasskeyDialog onDone={() => {}} onClose={close} />}
    </EntryPage>
  );
}

/** Goes on into the app where a factor is set up. */
function useGoOn(): () => Promise<void> {
  const session = useSession();
  const queries = useQueryClient();
  const factors = useFactors();
  return async () => {
    const { data } = await factors.refetch();
    if (!data?.totp && !data?.passkeys.length) return;
    enrolmentDemanded.set(false);
    await session.reconnect();
    await queries.invalidateQueries({ queryKey: ["me"] });
  };
}
