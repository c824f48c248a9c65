import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { RestError } from "pytake-client";
import { useTranslation } from "react-i18next";
import { conversations } from "../../api/api";
import { useLive } from "../../realtime/LiveProvider";
import { Button } from "../../ui/Button";
import styles from "./PullNext.module.css";

/** Takes the conversation that has waited longest for an agent, and opens it. */
export function PullNext() {
  const { t } = useTranslation("conversations");
  const { inbox } = useLive();
  const navigate = useNavigate();
  const { mutate, isPending, error } = useMutation({
    mutationFn: conversations.pull,
    onSuccess: (conversation) => {
      inbox.put(conversation);
      void navigate({ to: "/inbox/$conversationId", params: { conversationId: conversation.id }, search: { filter: "mine" } });
    },
  });
  const isEmpty = error instanceof RestError && error.status === 404;
  return (
    <div className={styles.pull}>
      <p role="status" className={styles.words}>
        {error && (isEmpty ? t("queueEmpty") : error.message)}
      </p>
      <Button icon="pull" busy={isPending} onClick={() => mutate()} title={t("pullHint")}>
        {t("pull")}
      </Button>
    </div>
  );
}
