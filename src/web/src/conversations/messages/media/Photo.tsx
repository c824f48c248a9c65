import { useState, type CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { classes } from "../../../ui/classes";
import { Icon } from "../../../ui/Icon";
import { thumbnailOf, type MediaFile } from "./mediaFile";
import styles from "./Photo.module.css";
import { useLocalUrl } from "./useLocalFile";

/** A photo's place on the screen, in pixels: its own where it is smaller, and never a stripe. */
const WIDEST = 330;
const HIGHEST = 380;
const NARROWEST = 120;

interface PhotoProps {
  file: MediaFile;
  /** What it is, in words: its caption, or whose it is. */
  label: string;
  /** One of an album, which gives it its place. */
  isTile?: boolean;
  onOpen?: (() => void) | undefined;
}

/** A photo in a place of its size, which is there before the photo is. */
export function Photo({ file, label, isTile = false, onOpen }: PhotoProps) {
  const { t } = useTranslation("media");
  const [step, setStep] = useState<"thumbnail" | "whole" | "failed">("thumbnail");
  const local = useLocalUrl(file);
  const source = file.url === undefined ? local : step === "thumbnail" ? thumbnailOf(file.url) : file.url;
  const place = isTile ? undefined : placeOf(file);
  if (step === "failed") {
    return (
      <div className={classes(styles.photo, styles.unseen, isTile && styles.tile)} style={place} data-message={isTile ? file.id : undefined}>
        <Icon name="image" size={24} />
        <span dir="auto">{file.name ?? t("unseen")}</span>
        <button type="button" className={styles.again} onClick={() => setStep("thumbnail")}>
          {t("again")}
        </button>
      </div>
    );
  }
  return (
    <button
      type="button"
      className={classes(styles.photo, isTile && styles.tile)}
      style={{ ...place, ...(local && file.url ? { backgroundImage: `url("${local}")` } : {}) }}
      data-photo={file.id}
      aria-label={t("openPhoto", { label })}
      disabled={!onOpen}
      onClick={onOpen}
    >
      {source && (
        <img
          key={source}
          src={source}
          alt=""
          decoding="async"
          draggable={false}
          onError={() => file.url && setStep(step === "thumbnail" ? "whole" : "failed")}
        />
      )}
    </button>
  );
}

export function placeOf({ width, height }: { width?: number | undefined; height?: number | undefined }): CSSProperties {
  if (!width || !height) return { width: 260, aspectRatio: "4 / 3" };
  const ratio = Math.min(Math.max(width / height, 0.4), 3.2);
  const shown = Math.max(NARROWEST, Math.min(WIDEST, width, HIGHEST * ratio));
  return { width: Math.round(shown), aspectRatio: String(ratio) };
}
