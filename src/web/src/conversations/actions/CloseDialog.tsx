import type { Conversation } from "pytake-client";
import { useTranslation } from "react-i18next";
import { conversations } from "../../api/api";
import { ServerError } from "../../api/ServerError";
import { CheckField, TextField } from "../../ui/Field";
import { FormDialog } from "../../ui/FormDialog";
import { useAct } from "./useAct";

export function CloseDialog({ conversation, onEnd }: { conversation: Conversation; onEnd: () => void }) {
  const { t } = useTranslation("conversations");
  const close = useAct(
    ({ reason, resolved }: { reason: string; resolved: boolean }) => conversations.close(conversation.id, reason, resolved),
    { done: onEnd },
  );
  const submit = (data: FormData) =>
    close.mutate({ reason: String(data.get("reason")).trim(), resolved: data.has("resolved") });
  return (
    <FormDialog title={t("close.title")} submit={t("close.do")} busy={close.isPending} onSubmit={submit} onClose={onEnd}>
      <p>{t("close.words")}</p>
      <TextField name="reason" label={t("close.reason")} maxLength={1000} />
      <CheckField name="resolved" label={t("close.resolved")} defaultChecked />
      <ServerError error={close.error} />
    </FormDialog>
  );
}
