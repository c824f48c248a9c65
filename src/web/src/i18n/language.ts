import i18next from "i18next";

export const LANGUAGES = ["pt-BR", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

const KEY = "pytake.language";

/**
 * The language that was chosen in this browser, or the first of the browser's languages that the app has; else
 * Portuguese.
 */
export function preferredLanguage(
  chosen = localStorage.getItem(KEY),
  wanted: readonly string[] = navigator.languages,
): Language {
  const candidates = [...(chosen ? [chosen] : []), ...wanted];
  for (const candidate of candidates) {
    const found = LANGUAGES.find((language) => language.slice(0, 2) === candidate.slice(0, 2).toLowerCase());
    if (found) return found;
  }
  return "pt-BR";
}

export function chooseLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
  void i18next.changeLanguage(language);
}
