import { useTranslation } from "react-i18next";
import { classes } from "../../../ui/classes";
import { useViewer } from "../viewer/ViewerProvider";
import type { AlbumPart } from "../rows";
import styles from "./Album.module.css";
import { fileOf, queuedFileOf } from "./mediaFile";
import { Photo } from "./Photo";
import { UploadProgress } from "./UploadProgress";

/** So many are shown; the last of them says how many more there are. */
const SHOWN = 4;

/** Photos that were sent one after the other, as a grid; each opens the viewer, which has them all. */
export function Album({ parts, from }: { parts: readonly AlbumPart[]; from: string }) {
  const { t } = useTranslation("media");
  const viewer = useViewer();
  const more = parts.length - SHOWN;
  return (
    <div className={styles.grid} role="group" aria-label={t("album", { count: parts.length })} data-count={Math.min(parts.length, SHOWN)}>
      {parts.slice(0, SHOWN).map((part, index) => (
        <div key={part.key} className={styles.cell} data-message={part.message?.id}>
          <Tile part={part} label={t("photoOf", { number: index + 1, count: parts.length, from })} onOpen={(id) => viewer.open(id)} />
          {more > 0 && index === SHOWN - 1 && (
            <span className={styles.more}>
              <span aria-hidden="true">+{more}</span>
              <span className="visually-hidden">{t("morePhotos", { count: more })}</span>
            </span>
          )}
        </div>
      ))}
    </div>
  );
}

function Tile({ part: { message, queued }, label, onOpen }: { part: AlbumPart; label: string; onOpen: (id: string) => void }) {
  const { t } = useTranslation("media");
  const file = message ? fileOf(message) : queuedFileOf(queued!);
  if (!file) {
    return (
      <span className={classes(styles.cell, styles.pending)} data-media="pending">
        {t("pendingPhoto")}
      </span>
    );
  }
  return (
    <>
      <Photo file={file} label={label} isTile onOpen={message ? () => onOpen(message.id) : undefined} />
      {queued && (
        <div className={styles.progress}>
          <UploadProgress queued={queued} isBrief />
        </div>
      )}
    </>
  );
}
