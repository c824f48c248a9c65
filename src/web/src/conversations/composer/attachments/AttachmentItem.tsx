import { useTranslation } from "react-i18next";
import { useFormats } from "../../../i18n/formats";
import { familyOf, kindOf } from "../../../media/limits";
import { useObjectUrl } from "../../../media/useObjectUrl";
import { IconButton } from "../../../ui/Button";
import { classes } from "../../../ui/classes";
import { ErrorNote } from "../../../ui/ErrorNote";
import { Icon } from "../../../ui/Icon";
import { takesCaption, type Attachment, type AttachmentAction } from "./attachments";
import styles from "./AttachmentItem.module.css";

/** WhatsApp's limit, in characters. */
const LONGEST_CAPTION = 1024;

interface AttachmentItemProps {
  attachment: Attachment;
  /** It has the dialog for itself, and is shown large. */
  isAlone: boolean;
  dispatch: (action: AttachmentAction) => void;
  onSubmit: () => void;
}

export function AttachmentItem({ attachment, isAlone, dispatch, onSubmit }: AttachmentItemProps) {
  const { t } = useTranslation("media");
  const { id, file, caption, judgement, choice } = attachment;
  const isReading = judgement === undefined;
  return (
    <li className={classes(styles.item, isAlone && styles.alone)} data-attachment={file.name}>
      <Preview attachment={attachment} />
      <div className={styles.head}>
        <p className={styles.name}>
          <bdi dir="auto">{file.name}</bdi>
        </p>
        <Facts attachment={attachment} />
      </div>
      <IconButton icon="trash" label={t("remove", { name: file.name })} onClick={() => dispatch({ kind: "removed", id })} />
      <div className={styles.rest}>
        {judgement?.trouble && !choice && <TroubleNote attachment={attachment} />}
        {judgement && judgement.choices.length > (judgement.trouble ? 0 : 1) && (
          <div className={styles.choices} role="group" aria-label={t("sendAs", { name: file.name })}>
            {judgement.choices.map((each) => (
              <button key={each} type="button" aria-pressed={each === choice} onClick={() => dispatch({ kind: "chosen", id, choice: each })}>
                {t(`choices.${each}`)}
              </button>
            ))}
          </div>
        )}
        {(isReading || takesCaption(choice)) && (
          <input
            className={styles.caption}
            dir="auto"
            value={caption}
            maxLength={LONGEST_CAPTION}
            placeholder={t("caption")}
            aria-label={t("captionOf", { name: file.name })}
            autoComplete="off"
            onChange={(event) => dispatch({ kind: "captioned", id, caption: event.target.value })}
            onKeyDown={(event) => event.key === "Enter" && !event.nativeEvent.isComposing && onSubmit()}
          />
        )}
      </div>
    </li>
  );
}

/** What it goes as and how large it is; smaller than it was, where a JPEG was made of it. */
function Facts({ attachment: { file, judgement, choice, ready } }: { attachment: Attachment }) {
  const { t } = useTranslation(["media", "conversations"]);
  const formats = useFormats();
  if (!judgement || (choice && !ready)) {
    return (
      <p className={styles.facts} role="status">
        {t("media:preparing")}
      </p>
    );
  }
  const size = ready && ready.blob.size !== file.size ? t("media:smaller", { before: formats.bytes(file.size), after: formats.bytes(ready.blob.size) }) : formats.bytes(file.size);
  return <p className={styles.facts}>{[choice && t(`conversations:types.${kindOf(choice)}`), size].filter(Boolean).join(" · ")}</p>;
}

/** Why WhatsApp does not take it, and what can be done. */
function TroubleNote({ attachment: { type, judgement } }: { attachment: Attachment }) {
  const { t } = useTranslation("media");
  const formats = useFormats();
  const { trouble, limit, choices } = judgement!;
  return (
    <ErrorNote isNew>
      <p>{t(`trouble.${trouble}`, { format: type!.name || t("unknownFormat"), limit: limit && formats.bytes(limit) })}</p>
      <p>{t(choices.length > 0 ? "chooseOther" : `help.${trouble}`, { defaultValue: t("help.other") })}</p>
    </ErrorNote>
  );
}

const ICONS = { image: "image", video: "video", audio: "audio", document: "file", sticker: "sticker" } as const;

function Preview({ attachment: { type, choice, ready } }: { attachment: Attachment }) {
  const url = useObjectUrl(ready?.blob);
  const kind = choice && kindOf(choice);
  if (url && (kind === "image" || kind === "sticker")) return <img className={styles.preview} src={url} alt="" />;
  if (url && kind === "video") return <video className={styles.preview} src={`${url}#t=0.01`} muted preload="metadata" aria-hidden="true" tabIndex={-1} />;
  return (
    <span className={classes(styles.preview, styles.icon)} aria-hidden="true">
      <Icon name={ICONS[kind ?? familyOf(type?.mimeType ?? "")]} size={28} />
    </span>
  );
}
