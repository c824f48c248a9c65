import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { EMOJI } from "./emoji";
import styles from "./EmojiGrid.module.css";

const PER_LINE = 8;

/** All emoji of the picker, by kind. */
export function EmojiGrid({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useTranslation("emoji");
  return Object.entries(EMOJI).map(([group, emoji]) => (
    <section key={group} aria-label={t(group)}>
      <p className={styles.title} aria-hidden="true">
        {t(group)}
      </p>
      <div className={styles.grid}>
        {emoji.map((symbol) => (
          <button key={symbol} type="button" className={styles.symbol} onClick={() => onPick(symbol)}>
            {symbol}
          </button>
        ))}
      </div>
    </section>
  ));
}

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: PER_LINE, ArrowUp: -PER_LINE };

/** The arrow keys move the focus in the grid, which spares a hundred presses of Tab. */
export function moveFocus(event: KeyboardEvent<HTMLElement>) {
  const step = STEPS[event.key];
  if (step === undefined) return;
  const symbols = [...event.currentTarget.querySelectorAll("button")];
  const next = symbols[symbols.indexOf(document.activeElement as HTMLButtonElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
