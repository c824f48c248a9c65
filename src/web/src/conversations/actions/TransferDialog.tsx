import type { Conversation } from "pytake-client";
import { useTranslation } from "react-i18next";
import { useUsers } from "../../accounts/useUsers";
import { conversations } from "../../api/api";
import { ServerError } from "../../api/ServerError";
import { SelectField, TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useAct } from "./useAct";

export function TransferDialog({ conversation, onEnd }: { conversation: Conversation; onEnd: () => void }) {
  const { t } = useTranslation("conversations");
  const users = useUsers();
  const transfer = useAct(
    ({ to, note }: { to: string; note: string }) => conversations.transfer(conversation.id, to, note),
    { done: onEnd },
  );
  const others = [...users.values()]
    .filter(({ id, is_active, role }) => is_active && role !== "viewer" && id !== conversation.assigned_agent_id)
    .sort((a, b) => a.full_name.localeCompare(b.full_name));
  const submit = (data: FormData) =>
    transfer.mutate({ to: String(data.get("to")), note: String(data.get("note")).trim() });
  return (
    <FormDialog title={t("transfer.title")} submit={t("transfer.do")} busy={transfer.isPending} onSubmit={submit} onClose={onEnd}>
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
      <ServerError error={transfer.error} />
    </FormDialog>
  );
}
