import type { Conversation, Message } from "pytake-client";
import { useTranslation } from "react-i18next";
import { useMe } from "../../accounts/SessionContext";
import { useUsers } from "../../accounts/useUsers";
import { nameOf } from "../contacts/names";
import { useOwner } from "../control/useOwner";

/** The name of the person who wrote a message. */
export function useSender(message: Pick<Message, "sender_type" | "sender_user_id" | "controlled_by">, conversation: Conversation): string {
  const { t } = useTranslation("conversations");
  const me = useMe();
  const users = useUsers();
  const owner = useOwner();
  if (message.sender_type === "bot") return owner(message.controlled_by);
  if (message.sender_type === "contact") return nameOf(conversation.contact);
  if (message.sender_user_id === me.id) return t("you");
  return (message.sender_user_id && users.get(message.sender_user_id)?.full_name) || t("us");
}
