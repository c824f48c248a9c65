import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { useSession } from "./SessionContext";

/** What a user has written that is nowhere but in this browser. */
export interface Unsent {
  outbox: number;
  draft: number;
}

/** Says what would be lost with the logout, before it is. */
export function LogOutDialog({ unsent, onClose }: { unsent: Unsent; onClose: () => void }) {
  const { t } = useTranslation("accounts");
  const session = useSession();
  return (
    <Dialog
      title={t("unsent.title")}
      onClose={onClose}
      actions={
        <>
          <Button look="danger" onClick={() => void session.logOut()}>
            {t("unsent.logOut")}
          </Button>
          <Button look="primary" onClick={onClose}>
            {t("unsent.stay")}
          </Button>
        </>
      }
    >
      {unsent.outbox > 0 && <p>{t("unsent.messages", { count: unsent.outbox })}</p>}
      {unsent.draft > 0 && <p>{t("unsent.drafts", { count: unsent.draft })}</p>}
      <p>{t("unsent.words")}</p>
    </Dialog>
  );
}
