import { useTranslation } from "react-i18next";
import { errorKind } from "./errors";

interface ErrorWordsProps {
  /** WhatsApp's error code, or one of PyTake's sender. */
  code: string | null | undefined;
  /** WhatsApp's own words, for a code without words of ours. */
  message: string | null | undefined;
}

/** What went wrong and what to do next, in the reader's language; WhatsApp's own words are in the title. */
export function ErrorWords({ code, message }: ErrorWordsProps) {
  const { t } = useTranslation("whatsapp");
  const kind = errorKind(code);
  return (
    <span title={message ?? undefined}>
      {kind ? `${t(`errors.${kind}.what`)} ${t(`errors.${kind}.next`)}` : message}
      {code && ` (${code})`}
    </span>
  );
}
