import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmojiGrid } from "./EmojiGrid";
import styles from "./EmojiPicker.module.css";
import { EmojiPopover } from "./EmojiPopover";

export function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useTranslation("emoji");
  const [isOpen, setIsOpen] = useState(false);
  const pick = (emoji: string) => {
    setIsOpen(false);
    onPick(emoji);
  };
  return (
    // Not the button but the text field gets the focus afterwards.
    <EmojiPopover label={t("open")} isOpen={isOpen} onOpenChange={setIsOpen} className={styles.picker} distance={8} leavesFocus>
      <EmojiGrid onPick={pick} />
    </EmojiPopover>
  );
}
