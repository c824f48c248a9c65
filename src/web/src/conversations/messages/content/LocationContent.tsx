import { useTranslation } from "react-i18next";
import { Icon } from "../../../ui/Icon";
import styles from "./Content.module.css";

/** A place, with a link to a map. */
export function LocationContent({ content }: { content: Record<string, unknown> }) {
  const { t } = useTranslation("conversations");
  const { latitude, longitude, name, address } = content;
  const place = `${Number(latitude)},${Number(longitude)}`;
  const isOnEarth = Math.abs(Number(latitude)) <= 90 && Math.abs(Number(longitude)) <= 180;
  return (
    <div className={styles.card}>
      <Icon name="pin" size={24} />
      <div className={styles.cardText}>
        <p className={styles.cardTitle}>{typeof name === "string" ? name : t("types.location")}</p>
        {typeof address === "string" && <p className={styles.cardDetail}>{address}</p>}
        {isOnEarth && (
          <p className={styles.cardDetail}>
            <a href={`https://www.google.com/maps?q=${place}`} target="_blank" rel="noreferrer noopener">
              {t("onMap", { place: place.replace(",", ", ") })}
            </a>
          </p>
        )}
      </div>
    </div>
  );
}
