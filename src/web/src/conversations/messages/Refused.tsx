import { useTranslation } from "react-i18next";
import { useServerWords } from "../../api/useServerWords";
import { useLive } from "../../realtime/LiveProvider";
import type { Queued } from "../../realtime/outbox";
import { ErrorAction, ErrorNote } from "../../ui/ErrorNote";

interface RefusedProps {
  queued: Queued;
  /** What did not happen, in words. */
  title: string;
  isNew?: boolean;
}

/** Why the server refused something that was to be sent, and what can be done about it. */
export function Refused({ queued: { id, refusal }, title, isNew }: RefusedProps) {
  const { t } = useTranslation("conversations");
  const { outbox } = useLive();
  const words = useServerWords();
  return (
    <ErrorNote isNew={isNew}>
      <p>
        {title} {words(refusal!)}
      </p>
      <ErrorAction onClick={() => outbox.retry(id)}>{t("retry")}</ErrorAction>
      <ErrorAction onClick={() => outbox.discard(id)}>{t("discard")}</ErrorAction>
    </ErrorNote>
  );
}
