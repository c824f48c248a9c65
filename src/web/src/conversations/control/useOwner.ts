import { useTranslation } from "react-i18next";

/** The names of those who may answer for a number. */
export function useOwner(): (owner: string | null | undefined) => string {
  const { t } = useTranslation("control");
  return (owner) => t(`owners.${owner ?? "other"}`, { defaultValue: t("owners.other") });
}
