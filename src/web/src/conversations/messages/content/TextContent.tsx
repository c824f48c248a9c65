import { Fragment } from "react";
import styles from "./Content.module.css";

const ADDRESS = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])/g;

/** A text whose web addresses are links. */
export function TextContent({ content }: { content: Record<string, unknown> }) {
  const parts = String(content.text ?? "").split(ADDRESS);
  return (
    <p className={styles.text} dir="auto">
      {parts.map((part, index) =>
        index % 2 === 1 ? (
          <a key={index} href={part} target="_blank" rel="noreferrer noopener">
            {part}
          </a>
        ) : (
          <Fragment key={index}>{part}</Fragment>
        ),
      )}
    </p>
  );
}
