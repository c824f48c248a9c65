import { useMutation } from "@tanstack/react-query";
import type { Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import { useMay } from "../../accounts/SessionContext";
import { messages } from "../../api/api";
import { useServerWords } from "../../api/useServerWords";
import { useLive } from "../../realtime/LiveProvider";
import { ErrorAction, ErrorNote } from "../../ui/ErrorNote";

/** Why WhatsApp did not accept a message, in WhatsApp's words, with a button to try again. */
export function Failed({ message }: { message: Message }) {
  const { t } = useTranslation("conversations");
  const { conversations } = useLive();
  const words = useServerWords();
  const maySend = useMay("messages:send");
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => messages.retry(message.conversation_id, message.id),
    onSuccess: (again) => conversations.put(again),
  });
  return (
    <ErrorNote>
      <p>
        {t("failed")} {message.error_message}
        {message.error_code && ` (${message.error_code})`}
      </p>
      {error && <p role="alert">{words(error.message)}</p>}
      {maySend && (
        <ErrorAction disabled={isPending} onClick={() => mutate()}>
          {t("retry")}
        </ErrorAction>
      )}
    </ErrorNote>
  );
}
