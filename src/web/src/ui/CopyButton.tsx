import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";

/** Copies a text, and says whether it did. */
export function CopyButton({ text, look }: { text: string; look?: "primary" | "plain" }) {
  const { t } = useTranslation("ui");
  const [outcome, setOutcome] = useState<"copied" | "notCopied">();
  const copy = async () => {
    try {
      // The clipboard exists on secure pages only, and the browser may refuse it.
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
    } catch {
      setOutcome("notCopied");
    }
  };
  return (
    <>
      <Button look={look ?? "plain"} icon={outcome === "copied" ? "check" : "copy"} onClick={() => void copy()}>
        {t(outcome === "copied" ? "copied" : "copy")}
      </Button>
      <span className={outcome === "notCopied" ? undefined : "visually-hidden"} role="status">
        {outcome && t(outcome)}
      </span>
    </>
  );
}
