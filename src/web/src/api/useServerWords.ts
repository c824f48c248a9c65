import { useTranslation } from "react-i18next";

/** The texts for the server's most frequent messages, which are in English. */
const KNOWN: [RegExp, string][] = [
  [/^The conversation is closed/, "closed"],
  [/more than 24 hours old/, "window"],
  [/^Conversation is already closed/, "alreadyClosed"],
  [/has not reached WhatsApp/, "notThereYet"],
  [/take it over to write/, "held"],
  [/only the escalation partner/, "notPartner"],
  [/^WhatsApp could not be reached, and the conversation/, "notHandedOver"],
  [/stopped marketing messages/, "optedOut"],
  [/temporarily unavailable/, "away"],
  [/^Somebody else has the conversation/, "taken"],
  [/^Somebody has given the conversation back/, "givenBack"],
  [/this contact on this number/, "successor"],
  [/^The browser did not keep this file/, "fileLost"],
  [/^Email already registered/, "emailKnown"],
  [/needs an active administrator/, "lastAdministrator"],
  [/^You need a second factor/, "needsFactor"],
  [/^The authenticator app is set up already/, "appThere"],
  [/passkeys: remove one first/, "manyPasskeys"],
  [/took too long/, "tookTooLong"],
  [/^The passkey is not known here/, "passkeyUnknown"],
  [/there is no address that a link/, "noAddress"],
  [/has answered their invitation/, "answered"],
  [/has not answered their invitation/, "notAnswered"],
  [/^WhatsApp does not take files of this kind/, "fileKind"],
  [/^WhatsApp takes at most .+ of \w+\//, "fileTooLarge"],
  [/^The file is empty/, "fileEmpty"],
  [/^The photo is damaged/, "photoDamaged"],
  [/^(Failed to fetch|Load failed|NetworkError|fetch failed)/, "offline"],
];

/** Translates a message of the server to the user's language, where it is one of the frequent ones. */
export function useServerWords(): (words: string) => string {
  const { t } = useTranslation("api");
  return (words) => {
    const key = KNOWN.find(([pattern]) => pattern.test(words))?.[1];
    return key === undefined ? words : t(key);
  };
}
