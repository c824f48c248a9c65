import type { Conversation } from "pytake-client";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { conversations } from "../api/api";
import { useUsers } from "../people/useUsers";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { DialogForm } from "../ui/DialogForm";
import { SelectField, TextField } from "../ui/Field";
import { ActionError } from "./ActionError";
import { useAct } from "./useAct";

export function TransferDialog({ conversation, onEnd }: { conversation: Conversation; onEnd: () => void }) {
  const { t } = useTranslation("conversation");
  const form = useId();
  const users = useUsers();
  const transfer = useAct(
    ({ to, note }: { to: string; note: string }) => conversations.transfer(conversation.id, to, note),
    onEnd,
  );
  const others = [...users.values()]
    .filter(({ id, is_active, role }) => is_active && role !== "viewer" && id !== conversation.assigned_agent_id)
    .sort((a, b) => a.full_name.localeCompare(b.full_name));
  const submit = (data: FormData) =>
    transfer.mutate({ to: String(data.get("to")), note: String(data.get("note")).trim() });
  return (
    <Dialog
      title={t("transfer.title")}
      onClose={onEnd}
      actions={
        <>
          <Button onClick={onEnd}>{t("ui:cancel")}</Button>
          <Button type="submit" form={form} look="primary" busy={transfer.isPending}>
            {t("transfer.do")}
          </Button>
        </>
      }
    >
      <DialogForm id={form} onSubmit={submit}>
        <SelectField name="to" label={t("transfer.to")} required defaultValue="">
          <option value="" disabled>
            {t("transfer.choose")}
          </option>
          {others.map(({ id, full_name }) => (
            <option key={id} value={id}>
              {full_name}
            </option>
          ))}
        </SelectField>
        <TextField name="note" label={t("transfer.note")} maxLength={4096} />
        <ActionError error={transfer.error} />
      </DialogForm>
    </Dialog>
  );
}
