import { useTranslation } from "react-i18next";
import { useFormats } from "../../../i18n/formats";
import { useLive } from "../../../realtime/LiveProvider";
import type { Queued } from "../../../realtime/outbox";
import { useStore } from "../../../state/store";
import { IconButton } from "../../../ui/Button";
import styles from "./UploadProgress.module.css";

/** How far a file is on its way to the server, with a button that cancels it. `isBrief`: there is little room. */
export function UploadProgress({ queued, isBrief = false }: { queued: Queued; isBrief?: boolean }) {
  const { t } = useTranslation("media");
  const formats = useFormats();
  const { outbox } = useLive();
  const part = useStore(outbox.progress, (all) => all.get(queued.id));
  if (queued.refusal !== undefined) return null;
  const isSent = queued.file?.media_id !== undefined;
  const words = part === undefined ? t("queued") : isBrief ? formats.percent(part) : t("uploading", { part: formats.percent(part) });
  return (
    <div className={styles.upload}>
      <div className={styles.about}>
        <span className={styles.words}>{isSent ? t("uploaded") : words}</span>
        <progress className={styles.bar} max={1} value={isSent ? 1 : (part ?? 0)} aria-label={t("progress", { name: queued.file!.name })} />
      </div>
      {!isSent && <IconButton icon="close" label={t("cancelUpload", { name: queued.file!.name })} className={styles.cancel} onClick={() => outbox.discard(queued.id)} />}
    </div>
  );
}
