import { useState } from "react";
import { useTranslation } from "react-i18next";
import { own, type Passkey } from "../../../api/members";
import { useFormats } from "../../../i18n/formats";
import { Button } from "../../../ui/Button";
import { Icon } from "../../../ui/Icon";
import { Actions, Section } from "../../../ui/Section";
import { Failure, Loading } from "../../../ui/State";
import { hasPasskeys } from "../../passkeys";
import { PasswordDialog } from "../PasswordDialog";
import styles from "../Profile.module.css";
import { useFactors, useRefreshFactors } from "../secondFactor/useFactors";
import { PasskeyDialog } from "./PasskeyDialog";

/** Logins with the fingerprint, the face or the PIN of a device. */
export function Passkeys() {
  const { t } = useTranslation("profile");
  const { data, error, refetch } = useFactors();
  const refresh = useRefreshFactors();
  const [adds, setAdds] = useState(false);
  const [removed, setRemoved] = useState<Passkey>();
  const isPossible = hasPasskeys() && data?.passkeys_possible;
  return (
    <Section title={t("passkeys.title")} words={t("passkeys.words")}>
      {error ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={1} />
      ) : (
        <>
          {data.passkeys.length > 0 ? (
            <ul className={styles.rows} aria-label={t("passkeys.title")}>
              {data.passkeys.map((passkey) => (
                <Row key={passkey.id} passkey={passkey} onRemove={() => setRemoved(passkey)} />
              ))}
            </ul>
          ) : (
            <p className={styles.muted}>{t("passkeys.none")}</p>
          )}
          {isPossible ? (
            <Actions>
              <Button icon="plus" onClick={() => setAdds(true)}>
                {t("passkeys.add")}
              </Button>
            </Actions>
          ) : (
            <p className={styles.details}>{t(data.passkeys_possible ? "passkeys.notHere" : "passkeys.impossible")}</p>
          )}
        </>
      )}
      {adds && <PasskeyDialog onDone={refresh} onClose={() => setAdds(false)} />}
      {removed && (
        <PasswordDialog
          title={t("passkeys.removeTitle", { name: removed.name })}
          submit={t("passkeys.remove")}
          attempt={(password) => own.removePasskey(removed.id, password)}
          onDone={() => {
            setRemoved(undefined);
            return refresh();
          }}
          onClose={() => setRemoved(undefined)}
        >
          <p>{t("passkeys.removeWords")}</p>
        </PasswordDialog>
      )}
    </Section>
  );
}

function Row({ passkey, onRemove }: { passkey: Passkey; onRemove: () => void }) {
  const { t } = useTranslation("profile");
  const formats = useFormats();
  const { name, created_at, last_used_at } = passkey;
  return (
    <li className={styles.row}>
      <span className={styles.icon}>
        <Icon name="key" />
      </span>
      <div>
        <p className={styles.name}>{name}</p>
        <p className={styles.details}>
          {t("passkeys.since", { date: formats.day(new Date(created_at)) })} ·{" "}
          {last_used_at ? t("passkeys.used", { when: formats.ago(new Date(last_used_at)) }) : t("passkeys.unused")}
        </p>
      </div>
      <Button onClick={onRemove} aria-label={t("passkeys.removeOne", { name })}>
        {t("passkeys.remove")}
      </Button>
    </li>
  );
}
