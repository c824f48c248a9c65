import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/formats";
import { usePlayer } from "../media/PlayerProvider";
import { SpeedButton } from "../media/VoiceNote";
import { useStore } from "../state/store";
import { IconButton } from "../ui/Button";
import styles from "./PlayerBar.module.css";

/** What is being heard of a conversation that is not on the screen, with the way back to it. */
export function PlayerBar() {
  const { t } = useTranslation("media");
  const formats = useFormats();
  const player = usePlayer();
  const { track, isPlaying, at, length } = useStore(player.state, (state) => state);
  const { conversationId } = useParams({ strict: false });
  if (!track?.conversationId || track.conversationId === conversationId) return null;
  return (
    <aside className={styles.bar} aria-label={t("playerBar")}>
      <IconButton icon={isPlaying ? "pause" : "play"} label={t(isPlaying ? "pause" : "play")} onClick={() => player.toggle(track)} />
      <Link className={styles.title} to="/inbox/$conversationId" params={{ conversationId: track.conversationId }} search={{ message: track.id }}>
        {t("voiceOf", { name: track.title })}
      </Link>
      <span className={styles.time}>
        {formats.duration(at)}
        {length !== undefined && ` / ${formats.duration(length)}`}
      </span>
      <SpeedButton />
      <IconButton icon="close" label={t("stop")} onClick={() => player.stop()} />
      <progress className={styles.place} max={length ?? 1} value={Math.min(at, length ?? 0)} aria-hidden="true" />
    </aside>
  );
}
