import { useTranslation } from "react-i18next";
import { classes } from "../ui/classes";
import { Icon } from "../ui/Icon";
import type { ChatWindow } from "./useWindow";
import styles from "./WindowClock.module.css";

const SOON_MINUTES = 120;

/** How long free text may still be sent. */
export function WindowClock({ window: { isOpen, minutesLeft } }: { window: ChatWindow }) {
  const { t } = useTranslation("whatsapp");
  return (
    <p
      className={classes(styles.clock, !isOpen && styles.closed, isOpen && minutesLeft < SOON_MINUTES && styles.soon)}
      title={t("window.hint")}
    >
      <Icon name="clock" size={14} />
      {isOpen ? (
        <>
          <span className={styles.words}>{t("window.open")}</span>
          {t("window.left", { hours: Math.floor(minutesLeft / 60), minutes: minutesLeft % 60 })}
        </>
      ) : (
        t("window.closed")
      )}
    </p>
  );
}
