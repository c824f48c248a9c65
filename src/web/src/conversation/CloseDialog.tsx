import type { Conversation } from "pytake-client";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { conversations } from "../api/api";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { DialogForm } from "../ui/DialogForm";
import { TextField } from "../ui/Field";
import { ActionError } from "./ActionError";
import { useAct } from "./useAct";

export function CloseDialog({ conversation, onEnd }: { conversation: Conversation; onEnd: () => void }) {
  const { t } = useTranslation("conversation");
  const form = useId();
  const close = useAct(
    ({ reason, resolved }: { reason: string; resolved: boolean }) => conversations.close(conversation.id, reason, resolved),
    onEnd,
  );
  const submit = (data: FormData) =>
    close.mutate({ reason: String(data.get("reason")).trim(), resolved: data.has("resolved") });
  return (
    <Dialog
      title={t("close.title")}
      onClose={onEnd}
      actions={
        <>
          <Button onClick={onEnd}>{t("ui:cancel")}</Button>
          <Button type="submit" form={form} look="primary" busy={close.isPending}>
            {t("close.do")}
          </Button>
        </>
      }
    >
      <DialogForm id={form} onSubmit={submit}>
        <p>{t("close.words")}</p>
        <TextField name="reason" label={t("close.reason")} maxLength={1000} />
        <label>
          <input type="checkbox" name="resolved" defaultChecked /> {t("close.resolved")}
        </label>
        <ActionError error={close.error} />
      </DialogForm>
    </Dialog>
  );
}
