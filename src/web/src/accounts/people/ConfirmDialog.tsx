import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Problem } from "../Problem";
import { useChange } from "./useChange";

interface ConfirmDialogProps<Answer> {
  title: string;
  /** What it means. */
  words: string;
  confirm: string;
  change: () => Promise<Answer>;
  onDone: (answer: Answer) => unknown;
  onClose: () => void;
}

/** Asks before something is done to a member. */
export function ConfirmDialog<Answer>({ title, words, confirm, change, onDone, onClose }: ConfirmDialogProps<Answer>) {
  const { t } = useTranslation("ui");
  const { mutate, isPending, error } = useChange(change, onDone);
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button look="primary" busy={isPending} onClick={() => mutate()}>
            {confirm}
          </Button>
        </>
      }
    >
      <p>{words}</p>
      <Problem failure={error} />
    </Dialog>
  );
}
