import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isSameTag } from "../../realtime/filters";
import { IconButton } from "../../ui/Button";
import styles from "./Tags.module.css";

const MOST = 50;
const LONGEST = 50;

interface TagsProps {
  tags: readonly string[];
  mayWrite: boolean;
  onChange: (tags: string[]) => void;
}

/** The customer's tags; Enter adds one. */
export function Tags({ tags, mayWrite, onChange }: TagsProps) {
  const { t } = useTranslation("contacts");
  const [text, setText] = useState("");
  const add = () => {
    const tag = text.trim();
    setText("");
    if (tag && !tags.some((known) => isSameTag(known, tag))) onChange([...tags, tag]);
  };
  return (
    <section aria-label={t("tags")} className={styles.tags}>
      <h3>{t("tags")}</h3>
      {tags.length === 0 && !mayWrite && <p>{t("noTags")}</p>}
      {tags.length > 0 && (
        <ul className={styles.list}>
          {tags.map((tag) => (
            <li key={tag} className={styles.tag}>
              {tag}
              {mayWrite && (
                <IconButton
                  icon="close"
                  label={t("removeTag", { tag })}
                  className={styles.remove}
                  onClick={() => onChange(tags.filter((other) => other !== tag))}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {mayWrite && tags.length < MOST && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <input
            className={styles.input}
            aria-label={t("addTag")}
            placeholder={t("addTag")}
            maxLength={LONGEST}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </form>
      )}
    </section>
  );
}
