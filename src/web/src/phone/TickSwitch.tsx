import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Rule, StatusSettings } from "./events";
import { setTicks } from "./simulator";
import { modeOf, TICK_MODES, type TickMode } from "./ticks";
import styles from "./TickSwitch.module.css";

/** Chooses how WhatsApp treats the company's messages, for all pages that are open. */
export function TickSwitch({ settings, rules }: { settings: StatusSettings; rules: readonly Rule[] }) {
  const { t } = useTranslation("phone");
  const [error, setError] = useState<string>();
  const mode = modeOf(settings, rules);
  const choose = (chosen: TickMode) =>
    setTicks(chosen).then(
      () => setError(undefined),
      (failure: Error) => setError(failure.message),
    );
  return (
    <fieldset className={styles.field}>
      <legend>{t("ticks.title")}</legend>
      <div className={styles.choices}>
        {TICK_MODES.map((value) => (
          <label key={value} className={styles.choice}>
            <input type="radio" name="ticks" value={value} checked={value === mode} onChange={() => void choose(value)} />
            {t(`ticks.${value}`)}
          </label>
        ))}
      </div>
      <p className={styles.words} aria-live="polite">
        {error ?? t(`ticks.words.${mode}`)}
      </p>
    </fieldset>
  );
}
