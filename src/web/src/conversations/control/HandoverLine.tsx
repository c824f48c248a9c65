import type { Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import { useUsers } from "../../accounts/useUsers";
import { lineOf, type Handover } from "./control";
import { useOwner } from "./useOwner";

/** Who answers from here on, and what the one before had to say. */
export function HandoverLine({ message, className }: { message: Message; className: string | undefined }) {
  const { t } = useTranslation("control");
  const owner = useOwner();
  const users = useUsers();
  const handover = message.content as Handover;
  const by = message.sender_user_id ?? undefined;
  const name = (by && users.get(by)?.full_name) || owner("self");
  return (
    <p className={className}>
      {t(`line.${lineOf(handover, by !== undefined)}`, { name, from: owner(handover.from), to: owner(handover.to) })}
      {handover.summary && <span> · {t("summary", { text: handover.summary })}</span>}
      {handover.note && <span> · {t("note", { text: handover.note })}</span>}
    </p>
  );
}
