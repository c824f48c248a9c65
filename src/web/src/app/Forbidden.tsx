import { useTranslation } from "react-i18next";
import { Empty } from "../ui/State";

/** Says that the user may not see a page. */
export function Forbidden() {
  const { t } = useTranslation();
  return (
    <Empty icon="warning" title={t("forbidden.title")}>
      {t("forbidden.words")}
    </Empty>
  );
}
