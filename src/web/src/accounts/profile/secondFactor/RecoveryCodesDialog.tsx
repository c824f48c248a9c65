import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/Button";
import { CopyButton } from "../../../ui/CopyButton";
import { Dialog } from "../../../ui/Dialog";
import { CheckField } from "../../../ui/Field";
import { Actions } from "../../../ui/Section";
import { useMe } from "../../SessionContext";
import styles from "./SecondFactor.module.css";

/** Shows recovery codes, once: it closes only when the user says that they are kept. */
export function RecoveryCodesDialog({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const { t } = useTranslation("profile");
  const { email } = useMe();
  const [isKept, setIsKept] = useState(false);
  const title = useId();
  return (
    <Dialog
      title={t("codes.title")}
      actions={
        <>
          <CheckField label={t("codes.kept")} checked={isKept} onChange={(event) => setIsKept(event.currentTarget.checked)} />
          <span className={styles.space} />
          <Button look="primary" disabled={!isKept} onClick={onClose}>
            {t("codes.done")}
          </Button>
        </>
      }
    >
      <p>{t("codes.words")}</p>
      <div className={styles.paper}>
        <p id={title} className={styles.of}>
          {t("codes.of", { email })}
        </p>
        <ul className={styles.codes} aria-labelledby={title}>
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
      </div>
      <Actions>
        <CopyButton text={codes.join("\n")} />
        <Button icon="pull" onClick={() => save(`${t("codes.of", { email })}\n\n${codes.join("\n")}\n`)}>
          {t("codes.download")}
        </Button>
        <Button icon="print" onClick={() => print()}>
          {t("codes.print")}
        </Button>
      </Actions>
    </Dialog>
  );
}

function save(text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = "pytake-recovery-codes.txt";
  link.click();
  URL.revokeObjectURL(link.href);
}
