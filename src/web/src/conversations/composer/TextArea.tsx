import { useEffect, type KeyboardEvent, type Ref } from "react";
import { client } from "../../api/client";
import type { Canned } from "../cannedResponses/useCanned";
import styles from "./TextArea.module.css";

interface TextAreaProps {
  ref: Ref<HTMLTextAreaElement>;
  conversationId: string;
  text: string;
  label: string;
  placeholder: string;
  /** Other users see that this user types. */
  announcesTyping: boolean;
  canned: Canned;
  onChange: (text: string) => void;
  onSubmit: () => void;
  onEscape: () => void;
  /** Takes files that are pasted; undefined where none can be sent. */
  onFiles: ((files: File[]) => void) | undefined;
}

/** Enter sends, and Shift and Enter begin a new line; while canned responses are open, the keys choose among them. */
export function TextArea(props: TextAreaProps) {
  const { ref, conversationId, text, label, placeholder, announcesTyping, canned, onChange, onSubmit, onEscape, onFiles } = props;
  useEffect(() => () => client.stopTyping(conversationId), [conversationId]);

  const change = (value: string) => {
    onChange(value);
    if (!announcesTyping) return;
    if (value.trim() === "") client.stopTyping(conversationId);
    else client.startTyping(conversationId);
  };
  const submit = () => {
    client.stopTyping(conversationId);
    onSubmit();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes a character, Enter and the arrow keys are meant for it.
    if (event.nativeEvent.isComposing) return;
    if (canned.press(event.key)) return event.preventDefault();
    if (event.key === "Escape") onEscape();
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    submit();
  };
  return (
    <textarea
      ref={ref}
      className={styles.input}
      rows={1}
      dir="auto"
      value={text}
      placeholder={placeholder}
      aria-label={label}
      role="combobox"
      aria-autocomplete="list"
      aria-expanded={canned.isOpen}
      aria-controls={canned.isOpen ? canned.listId : undefined}
      aria-activedescendant={canned.isOpen ? canned.optionId(canned.chosen) : undefined}
      onChange={(event) => change(event.target.value)}
      onKeyDown={onKeyDown}
      onPaste={(event) => {
        // A copied table has its picture beside its text: people who paste into a text mean the text.
        const { files, types } = event.clipboardData;
        if (files.length === 0 || types.includes("text/plain")) return;
        event.preventDefault();
        onFiles?.([...files]);
      }}
      autoFocus={matchMedia("(pointer: fine)").matches}
    />
  );
}
