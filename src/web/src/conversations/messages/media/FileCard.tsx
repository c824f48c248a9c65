import { useTranslation } from "react-i18next";
import { useFormats } from "../../../i18n/formats";
import { extensionOf } from "../../../media/fileType";
import { Icon } from "../../../ui/Icon";
import styles from "./FileCard.module.css";
import { downloadOf, type MediaFile } from "./mediaFile";

/** A document: its name, kind and size. It is downloaded, and never shown by this page, whatever is in it. */
export function FileCard({ file }: { file: MediaFile }) {
  const { t } = useTranslation("media");
  const formats = useFormats();
  const kind = kindOf(file);
  const words = [kind, file.size !== undefined && formats.bytes(file.size)].filter(Boolean).join(" · ");
  const content = (
    <>
      <Icon name="file" size={28} />
      <span className={styles.about}>
        <bdi className={styles.name} dir="auto">
          {file.name ?? t("unnamed")}
        </bdi>
        <span className={styles.facts}>{words}</span>
      </span>
      {file.url && <Icon name="download" size={18} />}
    </>
  );
  if (!file.url) return <div className={styles.card}>{content}</div>;
  return (
    <a className={styles.card} href={downloadOf(file.url)} download={file.name ?? ""}>
      <span className="visually-hidden">{t("download")}</span>
      {content}
    </a>
  );
}

/** The kind as people know it: PDF, DOCX. */
function kindOf({ name = "", mimeType }: MediaFile): string {
  const extension = extensionOf(name) || (/^(application|text|image|video)\/([a-z0-9]{2,5})$/.exec(mimeType)?.[2] ?? "");
  return (extension === "plain" ? "txt" : extension).toUpperCase();
}
