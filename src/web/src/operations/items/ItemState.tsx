import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/State";
import type { Item } from "./items";

export function ItemState({ item: { state } }: { item: Item }) {
  const { t } = useTranslation("operations");
  return <Badge tone={state === "dead" ? "danger" : state === "parked" ? "warning" : "neutral"}>{t(`items.states.${state}`)}</Badge>;
}
