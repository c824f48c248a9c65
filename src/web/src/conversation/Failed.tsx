import { useMutation } from "@tanstack/react-query";
import type { Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import { messages } from "../api/api";
import { useServerWords } from "../i18n/useServerWords";
import { useLive } from "../inbox/LiveProvider";
import { useMay } from "../session/SessionContext";
import styles from "./Failed.module.css";

/** Why WhatsApp did not take a message, in its words, and a way to try again. */
export function Failed({ message }: { message: Message }) {
  const { t } = useTranslation("conversation");
  const { conversations } = useLive();
  const words = useServerWords();
  const maySend = useMay("messages:send");
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => messages.retry(message.conversation_id, message.id),
    onSuccess: (again) => conversations.put(again),
  });
  return (
    <div className={styles.failed}>
      <p>
        {t("failed")} {message.error_message}
        {message.error_code && <span className={styles.code}> ({message.error_code})</span>}
      </p>
      {error && <p role="alert">{words(error.message)}</p>}
      {maySend && (
        <button type="button" className={styles.action} disabled={isPending} onClick={() => mutate()}>
          {t("retry")}
        </button>
      )}
    </div>
  );
}
