import { useTranslation } from "react-i18next";
import { chooseLanguage, LANGUAGES, type Language } from "../../i18n/language";
import { chooseTheme, THEMES, useTheme, type Theme } from "../../theme/theme";
import { SelectField } from "../../ui/Field";
import { Section } from "../../ui/Section";
import styles from "./Profile.module.css";

/** The language and the theme, which are this browser's. */
export function Appearance() {
  const { t, i18n } = useTranslation("profile");
  const theme = useTheme();
  return (
    <Section title={t("ui:preferences")} words={t("appearance.words")}>
      <div className={styles.pair}>
        <SelectField label={t("ui:language")} value={i18n.language} onChange={(event) => chooseLanguage(event.currentTarget.value as Language)}>
          {LANGUAGES.map((language) => (
            <option key={language} value={language}>
              {t(`ui:languages.${language}`)}
            </option>
          ))}
        </SelectField>
        <SelectField label={t("ui:theme")} value={theme} onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}>
          {THEMES.map((each) => (
            <option key={each} value={each}>
              {t(`ui:themes.${each}`)}
            </option>
          ))}
        </SelectField>
      </div>
    </Section>
  );
}
