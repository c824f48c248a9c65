import icon from "./icon.svg";
import styles from "./Brand.module.css";

export function Brand() {
  return (
    <span className={styles.brand}>
      <img src={icon} alt="" width={28} height={28} />
      PyTake
    </span>
  );
}
