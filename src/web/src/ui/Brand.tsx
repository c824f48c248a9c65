import styles from "./Brand.module.css";
import icon from "./icon.svg";

export function Brand() {
  return (
    <span className={styles.brand}>
      <img src={icon} alt="" width={28} height={28} />
      PyTake
    </span>
  );
}
