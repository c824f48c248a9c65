import { useMutation } from "@tanstack/react-query";
import type { Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import { useMay } from "../../../accounts/SessionContext";
import { messages } from "../../../api/api";
import { useServerWords } from "../../../api/useServerWords";
import { useLive } from "../../../realtime/LiveProvider";
import { ErrorAction, ErrorNote } from "../../../ui/ErrorNote";
import { Icon, type IconName } from "../../../ui/Icon";
import styles from "./MediaState.module.css";
import { placeOf } from "./Photo";

interface MediaStateProps {
  message: Message;
  icon: IconName;
  /** What kind of file it is, in words. */
  kind: string;
}

/** A file that the server does not have: that it is being fetched, or why there is none and what can be done. */
export function MediaState({ message, icon, kind }: MediaStateProps) {
  const { t } = useTranslation("media");
  const media = message.media!;
  if (media.state === "pending") {
    const isPicture = ["image", "video"].includes(message.message_type);
    return (
      <div className={styles.pending} data-media="pending" style={isPicture ? placeOf({ width: media.width ?? undefined, height: media.height ?? undefined }) : undefined}>
        <span className={styles.turning} aria-hidden="true">
          <Icon name={icon} size={22} />
        </span>
        <span>{t("pending", { kind })}</span>
      </div>
    );
  }
  return (
    <div data-media={media.state}>
      <p className={styles.title}>
        <Icon name={icon} size={18} />
        <bdi>{media.filename ?? kind}</bdi>
      </p>
      <ErrorNote>
        <p>{t(`errors.${media.error_code ?? media.state}`, { defaultValue: t("errors.other") })}</p>
        {media.state === "failed" && <FetchAgain id={message.id} />}
      </ErrorNote>
    </div>
  );
}

function FetchAgain({ id }: { id: string }) {
  const { t } = useTranslation("media");
  const { conversations } = useLive();
  const maySend = useMay("messages:send");
  const words = useServerWords();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => messages.retryMedia(id),
    onSuccess: (message) => conversations.put(message),
  });
  if (!maySend) return null;
  return (
    <>
      {error && <p role="alert">{words(error.message)}</p>}
      <ErrorAction disabled={isPending} onClick={() => mutate()}>
        {t("fetchAgain")}
      </ErrorAction>
    </>
  );
}
