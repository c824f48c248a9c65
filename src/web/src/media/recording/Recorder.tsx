import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "../../state/store";
import { Button, IconButton } from "../../ui/Button";
import { ErrorNote } from "../../ui/ErrorNote";
import { useObjectUrl } from "../useObjectUrl";
import { VoiceNote } from "../VoiceNote";
import { Elapsed } from "./Elapsed";
import styles from "./Recorder.module.css";
import type { Recording } from "./Recording";

interface RecorderProps {
  recording: Recording;
  onSend: (voice: Blob, seconds: number) => void;
  onDiscard: () => void;
}

/** A voice message while it is recorded, and then until it is sent or discarded. */
export default function Recorder({ recording, onSend, onDiscard }: RecorderProps) {
  const { t } = useTranslation("media");
  const state = useStore(recording.state, (value) => value);
  const discard = <IconButton icon="trash" label={t("discardRecording")} onClick={onDiscard} />;
  switch (state.kind) {
    case "asking":
    case "finishing":
      return (
        <div className={styles.recorder}>
          {discard}
          <p role="status">{t(state.kind)}</p>
        </div>
      );
    case "recording":
      return (
        <div className={styles.recorder}>
          {discard}
          <span className={styles.dot} aria-hidden="true" />
          <Elapsed since={state.startedAt} />
          <Level recording={recording} />
          <span className="visually-hidden" role="status">
            {t("recording")}
          </span>
          <Button look="primary" icon="stop" autoFocus onClick={() => recording.stop()}>
            {t("stopRecording")}
          </Button>
        </div>
      );
    case "recorded":
      return <Recorded file={state.file} seconds={state.seconds} onSend={onSend} onDiscard={onDiscard} />;
    case "trouble":
      return (
        <div className={styles.recorder}>
          <ErrorNote isNew>{t(`microphone.${state.trouble}`)}</ErrorNote>
          <IconButton icon="close" label={t("closeRecorder")} autoFocus onClick={onDiscard} />
        </div>
      );
  }
}

function Recorded({ file, seconds, onSend, onDiscard }: { file: Blob; seconds: number } & Pick<RecorderProps, "onSend" | "onDiscard">) {
  const { t } = useTranslation("media");
  const url = useObjectUrl(file);
  return (
    <div className={styles.recorder}>
      <IconButton icon="trash" label={t("discardRecording")} onClick={onDiscard} />
      <div className={styles.heard} role="group" aria-label={t("recorded")}>
        {url && <VoiceNote track={{ id: url, url, title: t("ownRecording") }} blob={file} seconds={seconds} />}
      </div>
      <Button look="primary" icon="send" autoFocus onClick={() => onSend(file, seconds)}>
        {t("sendRecording")}
      </Button>
    </div>
  );
}

const LEVELS = 40;

/** How loud the last seconds were, the newest at the right: that the microphone hears something is seen at once. */
function Level({ recording }: { recording: Recording }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const levels = Array.from({ length: LEVELS }, () => 0);
    let frame = 0;
    let last = 0;
    const draw = (now: number) => {
      frame = requestAnimationFrame(draw);
      if (now - last < 60) return;
      last = now;
      levels.push(recording.level());
      levels.shift();
      paint(canvas.current!, levels);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [recording]);
  return <canvas ref={canvas} className={styles.level} width={LEVELS * 4} height={28} aria-hidden="true" />;
}

function paint(canvas: HTMLCanvasElement, levels: readonly number[]): void {
  const context = canvas.getContext("2d")!;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = getComputedStyle(canvas).color;
  levels.forEach((level, index) => {
    const height = Math.max(2, level * canvas.height);
    context.fillRect(index * 4 + 1, (canvas.height - height) / 2, 2, height);
  });
}
