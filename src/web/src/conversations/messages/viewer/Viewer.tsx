import type { Conversation, Message } from "pytake-client";
import { useEffect, useLayoutEffect, useRef, type KeyboardEvent, type Ref } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../../i18n/formats";
import type { OpenConversation } from "../../../realtime/ConversationFeed";
import { useStore } from "../../../state/store";
import { IconButton } from "../../../ui/Button";
import { Icon } from "../../../ui/Icon";
import { TextContent } from "../content/TextContent";
import { downloadOf, fileOf } from "../media/mediaFile";
import { useReply } from "../ReplyContext";
import { useSender } from "../useSender";
import { neighboursOf, photosOf } from "./photos";
import { useZoom } from "./useZoom";
import styles from "./Viewer.module.css";

interface ViewerProps {
  open: OpenConversation;
  conversation: Conversation;
  /** The message whose photo is shown. */
  shown: string;
  onShow: (messageId: string) => void;
  onClose: () => void;
}

/** A photo as large as the screen, with the ones before and after it: arrow keys turn the pages, + and - zoom, Escape closes. */
export default function Viewer({ open, conversation, shown, onShow, onClose }: ViewerProps) {
  const { t } = useTranslation("media");
  const dialog = useRef<HTMLDialogElement>(null);
  const close = useRef<HTMLButtonElement>(null);
  const messages = useStore(open.messages, (state) => state.shown);
  const photos = photosOf(messages);
  const index = photos.findIndex(({ id }) => id === shown);
  const message = photos[index];
  const { before, after } = neighboursOf(photos, index);

  // Before it leaves the page: a dialog that is closed gives the focus back.
  useLayoutEffect(() => {
    const element = dialog.current!;
    const opener = document.activeElement;
    if (!element.open) element.showModal();
    close.current?.focus();
    return () => {
      element.close();
      // The photo that was opened may be out of the page by now, as the list was scrolled by what came meanwhile.
      if (!opener?.isConnected) document.querySelector<HTMLElement>(`[data-photo="${CSS.escape(shown)}"]`)?.focus();
    };
  }, []);
  // Its sender has deleted it.
  useEffect(() => {
    if (!message) onClose();
  }, [message, onClose]);

  if (!message) return null;
  const turn = (to: Message | undefined) => to && onShow(to.id);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowLeft") turn(before);
    else if (event.key === "ArrowRight") turn(after);
    else if (event.key === "Home") turn(photos[0]);
    else if (event.key === "End") turn(photos.at(-1));
    else return;
    event.preventDefault();
  };
  return (
    <dialog
      ref={dialog}
      className={styles.viewer}
      aria-label={t("viewer")}
      onKeyDown={onKeyDown}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <Page message={message} conversation={conversation} number={index + 1} count={photos.length} close={close} onClose={onClose} />
      {before && <IconButton icon="back" label={t("previous")} className={styles.before} onClick={() => turn(before)} />}
      {after && <IconButton icon="next" label={t("following")} className={styles.after} onClick={() => turn(after)} />}
    </dialog>
  );
}

interface PageProps {
  message: Message;
  conversation: Conversation;
  number: number;
  count: number;
  close: Ref<HTMLButtonElement>;
  onClose: () => void;
}

function Page({ message, conversation, number, count, close, onClose }: PageProps) {
  const { t } = useTranslation(["media", "conversations", "ui"]);
  const formats = useFormats();
  const sender = useSender(message, conversation);
  const reply = useReply();
  const file = fileOf(message)!;
  const zoom = useZoom(message.id);
  const caption = typeof message.content.caption === "string" ? message.content.caption : "";
  const at = new Date(message.occurred_at);
  return (
    <>
      <header className={styles.bar}>
        <div className={styles.who}>
          <p className={styles.sender}>{sender}</p>
          <p className={styles.at}>
            <time dateTime={message.occurred_at}>
              {formats.day(at)}, {formats.time(at)}
            </time>{" "}
            · <span role="status">{t("media:place", { number, count })}</span>
          </p>
        </div>
        <IconButton icon="zoomOut" label={t("media:zoomOut")} disabled={zoom.scale === 1} onClick={() => zoom.by(1 / 1.5)} />
        <span className={styles.scale} aria-live="polite">
          {formats.percent(zoom.scale)}
        </span>
        <IconButton icon="zoomIn" label={t("media:zoomIn")} onClick={() => zoom.by(1.5)} />
        {message.whatsapp_message_id && (
          <IconButton
            icon="reply"
            label={t("conversations:reply")}
            onClick={() => {
              reply.set(message);
              onClose();
            }}
          />
        )}
        <a className={styles.download} href={downloadOf(file.url!)} download={file.name ?? ""} aria-label={t("media:download")} title={t("media:download")}>
          <Icon name="download" />
        </a>
        <IconButton ref={close} icon="close" label={t("ui:close")} onClick={onClose} />
      </header>
      <div className={styles.stage} {...zoom.stage}>
        <img
          key={message.id}
          ref={zoom.picture}
          className={styles.picture}
          src={file.url}
          alt={caption || t("media:photoFrom", { name: sender })}
          width={file.width}
          height={file.height}
          draggable={false}
        />
      </div>
      {caption.trim() !== "" && (
        <footer className={styles.caption}>
          <TextContent text={caption} />
        </footer>
      )}
    </>
  );
}
