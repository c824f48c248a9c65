import { useEffect, useReducer, useRef, type ClipboardEvent, type DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/Button";
import { Dialog } from "../../../ui/Dialog";
import { areReady, judged, prepared, reduceAttachments, type Attachment } from "./attachments";
import { AttachmentItem } from "./AttachmentItem";
import styles from "./AttachDialog.module.css";

interface AttachDialogProps {
  files: readonly File[];
  /** What the agent had written before, which goes with the first file. */
  caption: string;
  /** Whom it goes to. */
  to: string;
  onSend: (attachments: readonly Attachment[]) => void;
  onClose: () => void;
}

/** Files before they are sent: what each of them is, what it goes as, and its caption. */
export default function AttachDialog({ files, caption, to, onSend, onClose }: AttachDialogProps) {
  const { t } = useTranslation("media");
  const [attachments, dispatch] = useReducer(reduceAttachments, [], (none) => reduceAttachments(none, { kind: "added", files, caption }));
  const picker = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const add = (more: FileList | null) => more && more.length > 0 && dispatch({ kind: "added", files: [...more] });
  usePreparation(attachments, dispatch);

  // After the dialog has opened, which focuses its first button.
  useEffect(() => list.current?.querySelector("input")?.focus(), []);
  useEffect(() => {
    if (attachments.length === 0) onClose();
  }, [attachments.length, onClose]);

  const isReady = areReady(attachments);
  const submit = () => isReady && onSend(attachments);
  const accept = (event: ClipboardEvent | DragEvent, data: DataTransfer) => {
    if (data.files.length === 0) return;
    event.preventDefault();
    add(data.files);
  };
  return (
    <Dialog
      title={t("sendTo", { count: attachments.length, name: to })}
      wide
      onClose={onClose}
      actions={
        <>
          <Button icon="plus" className={styles.more} onClick={() => picker.current?.click()}>
            {t("addMore")}
          </Button>
          <Button look="primary" icon="send" disabled={!isReady} onClick={submit}>
            {t("send")}
          </Button>
        </>
      }
    >
      <div onPaste={(event) => accept(event, event.clipboardData)} onDrop={(event) => accept(event, event.dataTransfer)}>
        <ul ref={list} className={styles.list} data-count={attachments.length}>
          {attachments.map((attachment) => (
            <AttachmentItem key={attachment.id} attachment={attachment} isAlone={attachments.length === 1} dispatch={dispatch} onSubmit={submit} />
          ))}
        </ul>
      </div>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={t("addMore")}
        onChange={(event) => {
          add(event.target.files);
          event.target.value = "";
        }}
      />
    </Dialog>
  );
}

/** Reads each file once, and makes each once for each choice. */
function usePreparation(attachments: readonly Attachment[], dispatch: (action: Parameters<typeof reduceAttachments>[1]) => void): void {
  const begun = useRef(new Set<string>());
  useEffect(() => {
    const once = (what: string, work: () => Promise<Parameters<typeof reduceAttachments>[1]>) => {
      if (begun.current.has(what)) return;
      begun.current.add(what);
      void work()
        .then(dispatch)
        .finally(() => begun.current.delete(what));
    };
    for (const attachment of attachments) {
      const { id, type, choice, ready } = attachment;
      if (!type) once(id, () => judged(attachment));
      else if (choice && !ready) once(`${id} ${choice}`, () => prepared(attachment, choice));
    }
  }, [attachments, dispatch]);
}
