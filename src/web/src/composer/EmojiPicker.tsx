import * as Popover from "@radix-ui/react-popover";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/Button";
import { EmojiGrid, moveFocus } from "./EmojiGrid";
import styles from "./EmojiPicker.module.css";

export function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useTranslation("composer");
  const [isOpen, setIsOpen] = useState(false);
  const pick = (emoji: string) => {
    setIsOpen(false);
    onPick(emoji);
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={setIsOpen}>
      <Popover.Trigger asChild>
        <IconButton icon="smile" label={t("emoji.open")} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className={styles.picker}
          side="top"
          align="start"
          sideOffset={8}
          collisionPadding={8}
          aria-label={t("emoji.open")}
          onKeyDown={moveFocus}
          // The text gets the focus, with the emoji in it.
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          <EmojiGrid onPick={pick} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
