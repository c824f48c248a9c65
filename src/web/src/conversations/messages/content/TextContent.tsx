import styles from "./Content.module.css";
import { FormattedText } from "./FormattedText";

export function TextContent({ text }: { text: unknown }) {
  return (
    <p className={styles.text} dir="auto">
      <FormattedText text={String(text ?? "")} />
    </p>
  );
}
