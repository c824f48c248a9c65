import { useTranslation } from "react-i18next";
import { usePlayer } from "../../../media/PlayerProvider";
import type { MediaFile } from "./mediaFile";
import { placeOf } from "./Photo";
import { useLocalUrl } from "./useLocalFile";
import styles from "./VideoClip.module.css";

/** A video with its first picture as its poster: only that much of it is loaded until somebody plays it. */
export function VideoClip({ file, label }: { file: MediaFile; label: string }) {
  const { t } = useTranslation("media");
  const player = usePlayer();
  const local = useLocalUrl(file);
  const source = file.url ?? local;
  return (
    <video
      className={styles.video}
      style={placeOf(file.width ? file : { width: 320, height: 180 })}
      src={source && `${source}#t=0.01`}
      aria-label={t("videoOf", { label })}
      controls
      playsInline
      preload="metadata"
      onPlay={() => player.pause()}
    />
  );
}
