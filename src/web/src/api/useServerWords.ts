import { useTranslation } from "react-i18next";

/** What the server says most often, by how it says it; it speaks English. */
const KNOWN: [RegExp, string][] = [
  [/^The conversation is closed/, "closed"],
  [/more than 24 hours old/, "window"],
  [/^Conversation is already closed/, "alreadyClosed"],
  [/has not reached WhatsApp/, "notThereYet"],
  [/temporarily unavailable/, "away"],
];

/** The server's words in the user's language where we know them, and as they are otherwise. */
export function useServerWords(): (words: string) => string {
  const { t } = useTranslation("api");
  return (words) => {
    const key = KNOWN.find(([pattern]) => pattern.test(words))?.[1];
    return key === undefined ? words : t(key);
  };
}
