import type { Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import type { Queued } from "../composer/outbox";
import { useLive } from "../inbox/LiveProvider";
import { useServerWords } from "../i18n/useServerWords";
import failed from "./Failed.module.css";
import styles from "./Reactions.module.css";
import { useReactions } from "./useReactions";

/** What the customer and we feel about a message: one each, as WhatsApp has it. */
export function Reactions({ message }: { message: Message }) {
  const { t } = useTranslation("conversation");
  const { reactions, refused } = useReactions(message);
  return (
    <>
      {refused && <Refused reaction={refused} />}
      {reactions.length > 0 && (
        <ul className={styles.reactions} aria-label={t("reactions")}>
          {reactions.map(({ emoji, sender_type }) => (
            <li key={sender_type} title={t(`reactedBy.${sender_type}`)}>
              <span className="visually-hidden">{t(`reactedBy.${sender_type}`)}: </span>
              {emoji}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Our reaction is off the message again, and here is why. */
function Refused({ reaction: { id, refusal } }: { reaction: Queued }) {
  const { t } = useTranslation("conversation");
  const { outbox } = useLive();
  const words = useServerWords();
  return (
    <div className={failed.failed} role="alert">
      <p>
        {t("react.refused")} {words(refusal!)}
      </p>
      <button type="button" className={failed.action} onClick={() => outbox.retry(id)}>
        {t("retry")}
      </button>
      <button type="button" className={failed.action} onClick={() => outbox.discard(id)}>
        {t("discard")}
      </button>
    </div>
  );
}
