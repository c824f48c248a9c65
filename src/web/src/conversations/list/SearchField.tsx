import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import styles from "./SearchField.module.css";

/** The pause in typing after which the search is made. */
const PAUSE_MS = 250;

/** Searches all conversations by name, number and text while the user types. */
export function SearchField() {
  const { t } = useTranslation("list");
  const { q = "" } = useSearch({ from: "/shell/inbox" });
  const navigate = useNavigate();
  const [text, setText] = useState(q);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (text.trim() === q) return;
    const timer = setTimeout(
      () => void navigate({ to: ".", search: (search) => ({ ...search, q: text.trim() || undefined }), replace: true }),
      text === "" ? 0 : PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [text, q, navigate]);

  const clear = () => {
    setText("");
    input.current?.focus();
  };
  return (
    <search className={styles.search}>
      <Icon name="search" size={17} />
      <input
        ref={input}
        type="search"
        aria-label={t("search")}
        placeholder={t("search")}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && clear()}
      />
      {text && <IconButton icon="close" label={t("clearSearch")} onClick={clear} />}
    </search>
  );
}
