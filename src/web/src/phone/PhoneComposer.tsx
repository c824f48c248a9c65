import { useRef, useState, type ClipboardEvent, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/Button";
import { Elapsed } from "../media/recording/Elapsed";
import { Menu, MenuItem } from "../ui/Menu";
import type { MetaMessage } from "./events";
import { messageWith } from "./files";
import { inbound, textOf } from "./messages";
import styles from "./PhoneComposer.module.css";
import type { Entry } from "./phoneState";
import { upload } from "./simulator";
import { useVoice } from "./voice";
import { whereabouts } from "./whereabouts";

interface PhoneComposerProps {
  quoted: Entry | undefined;
  onUnquote: () => void;
  onSend: (message: MetaMessage) => Promise<void>;
  onError: (words: string) => void;
}

/** Sends text, files, the location or a voice message. */
export function PhoneComposer({ quoted, onUnquote, onSend, onError }: PhoneComposerProps) {
  const { t } = useTranslation("phone");
  const [text, setText] = useState("");
  const picker = useRef<HTMLInputElement>(null);
  const attempt = (action: () => Promise<void>) => void action().catch((error: Error) => onError(error.message));
  const voice = useVoice((file) => attempt(async () => onSend(inbound.voice(await upload(file)))), onError);

  const sendText = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === "") return;
    setText("");
    attempt(() => onSend(inbound.text(text.trim(), quoted?.wamid)));
  };
  const sendFiles = (files: FileList) => {
    const [caption, quotes] = [text.trim(), quoted?.wamid];
    const all = [...files];
    attempt(async () => {
      for (const [index, file] of all.entries()) {
        await onSend(await messageWith(file, index === 0 ? caption : "", index === 0 ? quotes : undefined));
        if (index === 0) setText("");
      }
    });
  };
  const pick = (accept: string) => {
    picker.current!.accept = accept;
    picker.current!.click();
  };
  const onPaste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    sendFiles(event.clipboardData.files);
  };
  const sendLocation = () => attempt(async () => onSend(await whereabouts(t("somewhere"))));

  return (
    <form className={styles.composer} onSubmit={sendText}>
      {quoted && (
        <div className={styles.quoted}>
          <p>
            <strong>{t(quoted.isMine ? "you" : "company")}</strong>
            {textOf(quoted.message) || t(`types.${quoted.message.type ?? "text"}`, { defaultValue: t("types.other") })}
          </p>
          <IconButton icon="close" label={t("unquote")} onClick={onUnquote} />
        </div>
      )}
      <div className={styles.row}>
        <Menu align="start" trigger={<IconButton icon="plus" label={t("attach")} className={styles.round} />}>
          <MenuItem icon="image" onSelect={() => pick("image/jpeg,image/png,video/mp4,video/3gpp")}>
            {t("gallery")}
          </MenuItem>
          <MenuItem icon="file" onSelect={() => pick("")}>
            {t("types.document")}
          </MenuItem>
          <MenuItem icon="sticker" onSelect={() => pick("image/webp")}>
            {t("types.sticker")}
          </MenuItem>
          <MenuItem icon="pin" onSelect={sendLocation}>
            {t("types.location")}
          </MenuItem>
        </Menu>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label={t("files")}
          onChange={(event) => {
            if (event.target.files) sendFiles(event.target.files);
            event.target.value = "";
          }}
        />
        {voice.recording ? (
          <p className={styles.recording} role="status">
            <span className={styles.dot} aria-hidden="true" />
            {t("recording")} {voice.since !== undefined && <Elapsed since={voice.since} />}
          </p>
        ) : (
          <input
            className={styles.text}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => event.key === "Escape" && onUnquote()}
            onPaste={onPaste}
            placeholder={t("write")}
            aria-label={t("write")}
            autoComplete="off"
            maxLength={4096}
          />
        )}
        {text.trim() === "" ? (
          <IconButton
            icon={voice.recording ? "send" : "audio"}
            label={t(voice.recording ? "sendVoice" : "recordVoice")}
            className={styles.send}
            onClick={voice.toggle}
          />
        ) : (
          <IconButton icon="send" label={t("send")} type="submit" className={styles.send} />
        )}
      </div>
    </form>
  );
}
