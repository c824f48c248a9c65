import { useTranslation } from "react-i18next";

/** What the server says most often, by how it says it; it speaks English. */
const KNOWN: [RegExp, string][] = [
  [/^The conversation is closed/, "server.closed"],
  [/more than 24 hours old/, "server.window"],
  [/^Conversation is already closed/, "server.alreadyClosed"],
  [/has not reached WhatsApp/, "server.notThereYet"],
  [/temporarily unavailable/, "server.away"],
];

/** The server's words in the user's language where we know them, and as they are otherwise. */
export function useServerWords(): (words: string) => string {
  const { t } = useTranslation("conversation");
  return (words) => {
    const key = KNOWN.find(([pattern]) => pattern.test(words))?.[1];
    return key === undefined ? words : t(key);
  };
}
