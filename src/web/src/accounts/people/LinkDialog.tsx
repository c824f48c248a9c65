import { useTranslation } from "react-i18next";
import type { PersonalLink } from "../../api/members";
import { useFormats } from "../../i18n/formats";
import { Button } from "../../ui/Button";
import { CopyField } from "../../ui/CopyField";
import { Dialog } from "../../ui/Dialog";

interface LinkDialogProps {
  title: string;
  /** What the link does. */
  words: string;
  link: PersonalLink;
  onClose: () => void;
}

/** Shows a link for one person, once. */
export function LinkDialog({ title, words, link, onClose }: LinkDialogProps) {
  const { t } = useTranslation("people");
  const formats = useFormats();
  const expiry = new Date(link.expiresAt);
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <Button look="primary" onClick={onClose}>
          {t("link.done")}
        </Button>
      }
    >
      <p>{words}</p>
      {link.mailed && <p>{t("link.mailed")}</p>}
      <CopyField label={t("link.label")} hint={t("link.once", { date: `${formats.day(expiry)}, ${formats.time(expiry)}` })} value={link.url} />
    </Dialog>
  );
}
