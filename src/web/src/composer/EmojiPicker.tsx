import * as Popover from "@radix-ui/react-popover";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/Button";
import { EMOJI } from "./emoji";
import styles from "./EmojiPicker.module.css";

const PER_LINE = 8;

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
          {Object.entries(EMOJI).map(([group, emoji]) => (
            <section key={group} aria-label={t(`emoji.${group}`)}>
              <p className={styles.title} aria-hidden="true">
                {t(`emoji.${group}`)}
              </p>
              <div className={styles.grid}>
                {emoji.map((symbol) => (
                  <button key={symbol} type="button" className={styles.symbol} onClick={() => pick(symbol)}>
                    {symbol}
                  </button>
                ))}
              </div>
            </section>
          ))}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: PER_LINE, ArrowUp: -PER_LINE };

/** The arrows go from one to the next, so that one need not press Tab a hundred times. */
function moveFocus(event: KeyboardEvent<HTMLElement>) {
  const step = STEPS[event.key];
  if (step === undefined) return;
  const symbols = [...event.currentTarget.querySelectorAll("button")];
  const next = symbols[symbols.indexOf(document.activeElement as HTMLButtonElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
