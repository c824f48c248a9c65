import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { preferredLanguage } from "./language";

type Texts = Record<string, unknown>;

/** All texts, `<folder>/locales/<language>.json`; the folder's name is their namespace. */
const files = import.meta.glob<Texts>("../**/locales/*.json", { eager: true, import: "default" });

export function resources(): Record<string, Record<string, Texts>> {
  const found: Record<string, Record<string, Texts>> = {};
  for (const [path, texts] of Object.entries(files)) {
    const [, folder, language] = /([^/]+)\/locales\/(.+)\.json$/.exec(path)!;
    (found[language!] ??= {})[folder!] = texts;
  }
  return found;
}

export async function startI18n(): Promise<void> {
  i18next.on("languageChanged", (language) => (document.documentElement.lang = language));
  await i18next.use(initReactI18next).init({
    resources: resources(),
    lng: preferredLanguage(),
    fallbackLng: "pt-BR",
    defaultNS: "app",
    interpolation: { escapeValue: false },
    returnNull: false,
  });
}
