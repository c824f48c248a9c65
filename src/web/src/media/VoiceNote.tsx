import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/formats";
import { useStore } from "../state/store";
import { classes } from "../ui/classes";
import { Icon } from "../ui/Icon";
import type { Track } from "./Player";
import { usePlayer } from "./PlayerProvider";
import styles from "./VoiceNote.module.css";
import { BARS, waveformAt, waveformOf, type Waveform } from "./waveform";

interface VoiceNoteProps {
  track: Track;
  /** The recording itself, where it is in the browser. */
  blob?: Blob | undefined;
  /** In bytes. */
  size?: number | undefined;
  /** What is known of its length before it is loaded. */
  seconds?: number | undefined;
  /** Its file's name, for music. */
  name?: string | undefined;
  /** Whether it is somebody's who waits to be heard. */
  marksHeard?: boolean;
}

/** A voice message, or other sound: its waveform, which is also where it is at, its length and its speed. */
export function VoiceNote({ track, blob, size, seconds, name, marksHeard = false }: VoiceNoteProps) {
  const { t } = useTranslation("media");
  const formats = useFormats();
  const player = usePlayer();
  const state = useStore(player.state, (all) => (all.track?.id === track.id ? all : undefined));
  const isHeard = useStore(player.heard, (heard) => heard.has(track.id));
  const waveform = useWaveform(track.url, blob, size);
  const length = seconds ?? waveform?.seconds ?? state?.length;
  const at = state?.at ?? 0;
  const isPlaying = state?.isPlaying ?? false;
  return (
    <div className={styles.note} data-heard={marksHeard ? isHeard : undefined}>
      <button type="button" className={styles.play} aria-label={t(isPlaying ? "pause" : "play")} onClick={() => player.toggle(track)}>
        <Icon name={isPlaying ? "pause" : "play"} size={22} />
      </button>
      <div className={styles.middle}>
        {name && (
          <p className={styles.name} dir="auto">
            {name}
          </p>
        )}
        <Bars peaks={waveform?.peaks} played={length ? at / length : 0}>
          <input
            type="range"
            className={styles.place}
            min={0}
            max={length ?? 1}
            step={0.1}
            value={Math.min(at, length ?? 1)}
            disabled={length === undefined}
            aria-label={t("position")}
            aria-valuetext={t("positionOf", { at: formats.duration(at), length: formats.duration(length ?? 0) })}
            onChange={(event) => player.seek(track, event.target.valueAsNumber)}
            onKeyDown={(event) => {
              const direction = DIRECTIONS[event.key];
              if (direction === undefined || length === undefined) return;
              event.preventDefault();
              player.seek(track, Math.min(Math.max(0, at + direction * (length > 30 ? 5 : 1)), length));
            }}
          />
        </Bars>
        <p className={styles.facts}>
          <span>{state ? formats.duration(at) : length !== undefined && formats.duration(roundedUp(length))}</span>
          {marksHeard && (
            <span className={styles.mark}>
              <Icon name={isHeard ? "check" : "audio"} size={12} />
              {t(isHeard ? "heard" : "notHeard")}
            </span>
          )}
        </p>
        {state?.failed && (
          <p className={styles.failed} role="alert">
            {t("unplayable")}
          </p>
        )}
      </div>
      <SpeedButton />
    </div>
  );
}

/** One speed for everything that plays. */
export function SpeedButton() {
  const { t } = useTranslation("media");
  const formats = useFormats();
  const player = usePlayer();
  const speed = useStore(player.speed, (value) => value);
  return (
    <button type="button" className={styles.speed} aria-label={t("speed", { speed: formats.number(speed) })} onClick={() => player.nextSpeed()}>
      {formats.number(speed)}×
    </button>
  );
}

/** Arrow keys move by a second, or five of a long recording: a tenth, the range's own step, is nothing. */
const DIRECTIONS: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };

const HEIGHT = 28;
const FLAT = Array.from({ length: BARS }, () => 0);

/** Flat until the recording was read, and where it cannot be. */
function Bars({ peaks = FLAT, played, children }: { peaks?: readonly number[] | undefined; played: number; children: ReactNode }) {
  return (
    <div className={styles.bars}>
      <svg viewBox={`0 0 ${BARS * 3} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {peaks.map((peak, bar) => {
          const height = Math.max(2, peak * HEIGHT);
          return (
            <rect
              key={bar}
              className={classes((bar + 0.5) / BARS < played && styles.played)}
              x={bar * 3 + 0.5}
              y={(HEIGHT - height) / 2}
              width={2}
              height={height}
              rx={1}
            />
          );
        })}
      </svg>
      {children}
    </div>
  );
}

function useWaveform(url: string, blob: Blob | undefined, size: number | undefined): Waveform | undefined {
  const [waveform, setWaveform] = useState<Waveform>();
  useEffect(() => {
    let isShown = true;
    void (blob ? waveformOf(blob) : waveformAt(url, size)).then((found) => isShown && setWaveform(found));
    return () => void (isShown = false);
  }, [url, blob, size]);
  return waveform;
}

/** A note of less than a second is not one of 0:00. */
function roundedUp(seconds: number): number {
  return Math.max(1, Math.round(seconds));
}
