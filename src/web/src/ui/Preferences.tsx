import { useTranslation } from "react-i18next";
import { chooseLanguage, LANGUAGES, type Language } from "../i18n/language";
import { chooseTheme, THEMES, useTheme } from "../theme/theme";
import { IconButton } from "./Button";
import { Menu, MenuChoices, MenuSeparator } from "./Menu";

/** A menu of the language and the theme, for users who are not logged in yet. */
export function Preferences() {
  const { t } = useTranslation("ui");
  return (
    <Menu trigger={<IconButton icon="globe" label={t("preferences")} />}>
      <PreferenceChoices />
    </Menu>
  );
}

/** The same choices as items of another menu. */
export function PreferenceChoices() {
  const { t, i18n } = useTranslation("ui");
  const theme = useTheme();
  return (
    <>
      <MenuChoices<Language>
        title={t("language")}
        value={i18n.language as Language}
        choices={LANGUAGES.map((value) => ({ value, label: t(`languages.${value}`) }))}
        onChoose={chooseLanguage}
      />
      <MenuSeparator />
      <MenuChoices
        title={t("theme")}
        value={theme}
        choices={THEMES.map((value) => ({ value, label: t(`themes.${value}`) }))}
        onChoose={chooseTheme}
      />
    </>
  );
}
