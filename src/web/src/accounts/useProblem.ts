import { RestError } from "pytake-client";
import { useTranslation } from "react-i18next";
import { useServerWords } from "../api/useServerWords";
import { useFormats } from "../i18n/formats";
import { problemOf, fieldProblem } from "./problems";

/** Says why a request about an account failed. */
export function useProblem() {
  const { t } = useTranslation("accounts");
  const formats = useFormats();
  const serverWords = useServerWords();

  const words = (failure: unknown): string => {
    const { kind, seconds } = problemOf(failure);
    const when = seconds === undefined ? t("errors.soon") : formats.wait(seconds);
    if (kind !== "other") return t(`errors.${kind}`, { when, status: failure instanceof RestError ? failure.status : "" });
    return serverWords((failure as Error).message);
  };
  /** What is wrong with one field of the request; undefined where it is not this field. */
  const field = (failure: unknown, name: string): string | undefined => {
    const found = fieldProblem(failure, name);
    return found && t([`errors.fields.${found.kind}`, "errors.fields.other"], { words: found.words });
  };
  return { words, field };
}
