import { useTranslation } from "react-i18next";
import { errorKind } from "./errors";

interface ErrorWordsProps {
  /** WhatsApp's error code, or one of PyTake's sender. */
  code: string | null | undefined;
  /** WhatsApp's own words. */
  message: string | null | undefined;
}

/** What went wrong and what to do next, in the reader's language; small beside it WhatsApp's own words, which its support asks for. */
export function ErrorWords({ code, message }: ErrorWordsProps) {
  const { t } = useTranslation("whatsapp");
  const kind = errorKind(code);
  if (!kind) return <span>{code ? `${message ?? ""} (${code})` : message}</span>;
  return (
    <span>
      {t(`errors.${kind}.what`)} {t(`errors.${kind}.next`)} <small>{[code, message].filter(Boolean).join(": ")}</small>
    </span>
  );
}
