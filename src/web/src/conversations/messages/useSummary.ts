import type { Message } from "pytake-client";
import { useTranslation } from "react-i18next";

/** A message in one line: its text, or its kind where it has none. */
export function useSummary({ message_type, content }: Pick<Message, "message_type" | "content">): string {
  const { t } = useTranslation("conversations");
  if (content.revoked_at) return t("revoked");
  for (const name of ["text", "caption", "title", "name", "filename"]) {
    if (typeof content[name] === "string" && content[name] !== "") return content[name];
  }
  if (content.voice === true) return t("types.voice");
  return t(`types.${message_type}`, { defaultValue: t("types.unsupported") });
}
