import { useTranslation } from "react-i18next";
import { deviceOf } from "./device";

/** Says what somebody logs in with: "Chrome on Windows". */
export function useDeviceName(): (userAgent: string | null | undefined) => string {
  const { t } = useTranslation("profile");
  return (userAgent) => {
    const { browser, system } = deviceOf(userAgent ?? "");
    if (browser && system) return t("sessions.device", { browser, system });
    return browser ?? system ?? t("sessions.unknown");
  };
}
