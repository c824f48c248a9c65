import { useRef, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/Button";
import { Menu, MenuItem } from "../ui/Menu";
import type { MetaMessage } from "./events";
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

/** Sends text, a photo, the location or a voice message. */
export function PhoneComposer({ quoted, onUnquote, onSend, onError }: PhoneComposerProps) {
  const { t } = useTranslation("phone");
  const [text, setText] = useState("");
  const photo = useRef<HTMLInputElement>(null);
  const attempt = (action: () => Promise<void>) => void action().catch((error: Error) => onError(error.message));
  const voice = useVoice((file) => attempt(async () => onSend(inbound.voice(await upload(file)))), onError);

  const sendText = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === "") return;
    setText("");
    attempt(() => onSend(inbound.text(text.trim(), quoted?.wamid)));
  };
  const sendPhoto = (file: File | undefined) => {
    if (!file) return;
    attempt(async () => {
      const message = inbound.image(await upload(file), text.trim(), quoted?.wamid);
      setText("");
      await onSend(message);
    });
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
          <MenuItem icon="image" onSelect={() => photo.current?.click()}>
            {t("types.image")}
          </MenuItem>
          <MenuItem icon="pin" onSelect={sendLocation}>
            {t("types.location")}
          </MenuItem>
        </Menu>
        <input
          ref={photo}
          type="file"
          accept="image/jpeg,image/png"
          hidden
          aria-label={t("types.image")}
          onChange={(event) => {
            sendPhoto(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
        {voice.recording ? (
          <p className={styles.recording} role="status">
            <span className={styles.dot} aria-hidden="true" />
            {t("recording")}
          </p>
        ) : (
          <input
            className={styles.text}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => event.key === "Escape" && onUnquote()}
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
