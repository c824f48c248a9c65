import { useMutation } from "@tanstack/react-query";
import type { Conversation, Message } from "pytake-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../accounts/SessionContext";
import { messages } from "../../api/api";
import { useServerWords } from "../../api/useServerWords";
import { useLive } from "../../realtime/LiveProvider";
import { ErrorAction, ErrorNote } from "../../ui/ErrorNote";
import { remedyFor } from "../../whatsapp/errors";
import { ErrorWords } from "../../whatsapp/ErrorWords";
import { TemplateDialog } from "../../whatsapp/TemplateDialog";

interface FailedProps {
  message: Message;
  conversation: Conversation;
}

/** Why WhatsApp did not accept a message and what to do next, with a button that does it where something helps. */
export function Failed({ message, conversation }: FailedProps) {
  const { t } = useTranslation("conversations");
  const maySend = useMay("messages:send");
  const remedy = remedyFor(message.error_code);
  return (
    <ErrorNote>
      <p>
        {t("failed")} <ErrorWords code={message.error_code} message={message.error_message} />
      </p>
      {maySend && remedy === "retry" && <Retry message={message} />}
      {maySend && remedy === "template" && <SendTemplate conversation={conversation} />}
    </ErrorNote>
  );
}

function Retry({ message }: { message: Message }) {
  const { t } = useTranslation("conversations");
  const { conversations } = useLive();
  const words = useServerWords();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => messages.retry(message.conversation_id, message.id),
    onSuccess: (again) => conversations.put(again),
  });
  return (
    <>
      {error && <p role="alert">{words(error.message)}</p>}
      <ErrorAction disabled={isPending} onClick={() => mutate()}>
        {t("retry")}
      </ErrorAction>
    </>
  );
}

function SendTemplate({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation("conversations");
  const [picks, setPicks] = useState(false);
  return (
    <>
      <ErrorAction onClick={() => setPicks(true)}>{t("composer:sendTemplate")}</ErrorAction>
      {picks && <TemplateDialog conversation={conversation} onEnd={() => setPicks(false)} />}
    </>
  );
}
