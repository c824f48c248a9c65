import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { DialogForm } from "./DialogForm";

interface FormDialogProps {
  title: string;
  /** The words on the button that submits the form. */
  submit: string;
  busy: boolean;
  onSubmit: (data: FormData) => void;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog that is a form, with a button that submits it and one that closes it. */
export function FormDialog({ title, submit, busy, onSubmit, onClose, children }: FormDialogProps) {
  const { t } = useTranslation("ui");
  const form = useId();
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" form={form} look="primary" busy={busy}>
            {submit}
          </Button>
        </>
      }
    >
      <DialogForm id={form} onSubmit={onSubmit}>
        {children}
      </DialogForm>
    </Dialog>
  );
}
