import { useTranslation } from "react-i18next";
import { Icon } from "../../../ui/Icon";
import styles from "./DropOverlay.module.css";

/** Says, while files are held over the page, what will become of them. */
export function DropOverlay({ takes, to }: { takes: boolean; to: string }) {
  const { t } = useTranslation("media");
  return (
    <div className={styles.overlay} role="status">
      <p>
        <Icon name={takes ? "attach" : "warning"} size={28} />
        {takes ? t("dropFor", { name: to }) : t("noDrop")}
      </p>
    </div>
  );
}
