import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FileCard } from "./FileCard";
import { thumbnailOf, type MediaFile } from "./mediaFile";
import styles from "./Sticker.module.css";
import { useLocalUrl } from "./useLocalFile";

/** A sticker at its size. One that moves stands still for people who asked their system for less motion. */
export function Sticker({ file }: { file: MediaFile }) {
  const { t } = useTranslation("media");
  const [failed, setFailed] = useState(false);
  const local = useLocalUrl(file);
  if (failed) return <FileCard file={file} />;
  return (
    <picture>
      {file.url && <source media="(prefers-reduced-motion: reduce)" srcSet={thumbnailOf(file.url)} />}
      <img className={styles.sticker} src={file.url ?? local} alt={t("sticker")} width={160} height={160} draggable={false} onError={() => file.url && setFailed(true)} />
    </picture>
  );
}
