import type { Conversation } from "pytake-client";
import { lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRecording } from "../../media/recording/useRecording";
import { useLive } from "../../realtime/LiveProvider";
import { Button, IconButton } from "../../ui/Button";
import { classes } from "../../ui/classes";
import { EmojiPicker } from "../../ui/emoji/EmojiPicker";
import { StoppedNumber } from "../../whatsapp/StoppedNumber";
import { TemplateDialog } from "../../whatsapp/TemplateDialog";
import { useWindow } from "../../whatsapp/useWindow";
import { WindowClock } from "../../whatsapp/WindowClock";
import { CannedResponses } from "../cannedResponses/CannedResponses";
import { useCanned } from "../cannedResponses/useCanned";
import { nameOf } from "../contacts/names";
import { isOurs } from "../control/control";
import { Held } from "../control/Held";
import { QuotedMessage } from "../messages/Quoted";
import { useReply } from "../messages/ReplyContext";
import { DropOverlay } from "./attachments/DropOverlay";
import { useFileDrop } from "./attachments/useFileDrop";
import styles from "./Composer.module.css";
import { TextArea } from "./TextArea";
import { useDraft } from "./useDraft";
import { useSendFiles } from "./useSendFiles";

const AttachDialog = lazy(() => import("./attachments/AttachDialog"));
const Recorder = lazy(() => import("../../media/recording/Recorder"));

/** WhatsApp's limit for a text, in characters. */
const LONGEST = 4096;

/**
 * Where an agent writes a message to the customer or a note to the team, picks files and records voice messages. All of it
 * appears in the conversation at once.
 */
export function Composer({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation("composer");
  const { id } = conversation;
  const draft = useDraft(id);
  const [isNote, setIsNote] = useState(false);
  const [picksTemplate, setPicksTemplate] = useState(false);
  const [files, setFiles] = useState<readonly File[]>();
  const input = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const reply = useReply();
  const chatWindow = useWindow(conversation.window_expires_at);
  const canned = useCanned(isNote ? "" : draft.text, (text) => write(text));
  const send = useSend(conversation, isNote);
  const sendFiles = useSendFiles(conversation);
  const voice = useRecording(id);

  const isHeld = chatWindow.isOpen && !isOurs(conversation);
  const mayWriteText = isNote || (chatWindow.isOpen && !isHeld);
  const mayAttach = !isNote && mayWriteText;
  const isOver = useFileDrop(mayAttach, (dropped) => setFiles((open) => open ?? dropped));
  const isTooLong = [...draft.text].length > LONGEST;
  const write = (text: string) => {
    draft.change(text);
    input.current?.focus();
  };
  const changeMode = (toNote: boolean) => {
    // Nothing records unseen.
    if (toNote) voice.recording?.stop();
    setIsNote(toNote);
  };
  const submit = () => {
    const text = draft.text.trim();
    if (text === "" || isTooLong || !mayWriteText) return;
    send(text);
    draft.clear();
    input.current?.focus();
  };

  return (
    <footer className={styles.composer}>
      <StoppedNumber id={conversation.whatsapp_number_id} />
      <div className={styles.bar}>
        <Modes isNote={isNote} onChange={changeMode} />
        <WindowClock window={chatWindow} />
      </div>
      {reply.to && !isNote && (
        <div className={styles.reply}>
          <QuotedMessage message={reply.to} conversation={conversation} />
          <IconButton icon="close" label={t("cancelReply")} onClick={() => reply.set(undefined)} />
        </div>
      )}
      {!mayWriteText ? (
        <div className={styles.shut}>
          {isHeld ? <Held conversation={conversation} /> : <p>{t("shut")}</p>}
          <Button icon="template" look={isHeld ? "plain" : "primary"} onClick={() => setPicksTemplate(true)}>
            {t("sendTemplate")}
          </Button>
        </div>
      ) : voice.recording && !isNote ? (
        <Suspense>
          <div className={styles.box}>
            <Recorder
              recording={voice.recording}
              onDiscard={voice.end}
              onSend={(recorded, seconds) => {
                sendFiles.voice(recorded, seconds);
                voice.end();
              }}
            />
          </div>
        </Suspense>
      ) : (
        <form
          className={classes(styles.box, isNote && styles.note)}
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <CannedResponses canned={canned} />
          <TextArea
            ref={input}
            conversationId={id}
            text={draft.text}
            label={t(isNote ? "noteLabel" : "label")}
            placeholder={t(isNote ? "notePlaceholder" : "placeholder")}
            announcesTyping={!isNote}
            canned={canned}
            onChange={draft.change}
            onSubmit={submit}
            onEscape={() => reply.set(undefined)}
            onFiles={mayAttach ? setFiles : undefined}
          />
          <div className={styles.tools}>
            <EmojiPicker onPick={(emoji) => write(inserted(draft.text, emoji, input.current))} />
            {!isNote && (
              <>
                <IconButton icon="attach" label={t("attach")} onClick={() => picker.current?.click()} />
                <IconButton icon="audio" label={t("record")} onClick={() => void voice.start()} />
                <IconButton icon="template" label={t("sendTemplate")} onClick={() => setPicksTemplate(true)} />
              </>
            )}
            <span className={styles.space} />
            {isTooLong && <p role="alert">{t("tooLong", { count: LONGEST })}</p>}
            <Button type="submit" look="primary" icon="send" disabled={draft.text.trim() === "" || isTooLong}>
              {t(isNote ? "addNote" : "send")}
            </Button>
          </div>
        </form>
      )}
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={t("attach")}
        onChange={(event) => {
          if (event.target.files?.length) setFiles([...event.target.files]);
          event.target.value = "";
        }}
      />
      {files && (
        <Suspense>
          <AttachDialog
            files={files}
            caption={draft.text}
            to={nameOf(conversation.contact)}
            onClose={() => setFiles(undefined)}
            onSend={(attachments) => {
              sendFiles.attachments(attachments);
              draft.clear();
              setFiles(undefined);
            }}
          />
        </Suspense>
      )}
      {isOver && !files && <DropOverlay takes={mayAttach} to={nameOf(conversation.contact)} />}
      {picksTemplate && <TemplateDialog conversation={conversation} onEnd={() => setPicksTemplate(false)} />}
    </footer>
  );
}

function Modes({ isNote, onChange }: { isNote: boolean; onChange: (isNote: boolean) => void }) {
  const { t } = useTranslation("composer");
  return (
    <div className={styles.modes} role="group" aria-label={t("mode")}>
      <button type="button" aria-pressed={!isNote} onClick={() => onChange(false)}>
        {t("message")}
      </button>
      <button type="button" aria-pressed={isNote} onClick={() => onChange(true)}>
        {t("note")}
      </button>
    </div>
  );
}

function useSend({ id }: Conversation, isNote: boolean): (text: string) => void {
  const { outbox } = useLive();
  const reply = useReply();
  return (text) => {
    if (isNote) return void outbox.add({ conversation_id: id, message_type: "note", content: { text } });
    outbox.add({
      conversation_id: id,
      message_type: "text",
      content: { text, preview_url: /https?:\/\//.test(text) },
      reply_to_message_id: reply.to?.id,
    });
    reply.set(undefined);
  };
}

/** The text with an addition at the cursor, or in place of the selection. */
function inserted(text: string, addition: string, input: HTMLTextAreaElement | null): string {
  const [start, end] = [input?.selectionStart ?? text.length, input?.selectionEnd ?? text.length];
  return text.slice(0, start) + addition + text.slice(end);
}
