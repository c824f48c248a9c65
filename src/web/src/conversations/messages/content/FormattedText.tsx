import { Fragment } from "react";
import styles from "./Content.module.css";
import { partsOf, type Part } from "./formatting";

/** A text with its bold, italic, struck and fixed-width words, and with links. */
export function FormattedText({ text }: { text: string }) {
  return <Parts parts={partsOf(text)} />;
}

function Parts({ parts }: { parts: readonly Part[] }) {
  return parts.map((part, index) => <FormattedPart key={index} part={part} />);
}

function FormattedPart({ part }: { part: Part }) {
  switch (part.kind) {
    case "bold":
      return (
        <strong>
          <Parts parts={part.parts} />
        </strong>
      );
    case "italic":
      return (
        <em>
          <Parts parts={part.parts} />
        </em>
      );
    case "strike":
      return (
        <s>
          <Parts parts={part.parts} />
        </s>
      );
    case "code":
      return <code className={styles.code}>{part.text}</code>;
    case "link":
      return (
        <a href={part.text} target="_blank" rel="noreferrer noopener">
          {part.text}
        </a>
      );
    case "plain":
      return <Fragment>{part.text}</Fragment>;
  }
}
