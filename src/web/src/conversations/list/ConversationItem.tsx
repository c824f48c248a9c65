import { Link } from "@tanstack/react-router";
import type { Conversation, SearchHit } from "pytake-client";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useUsers } from "../../accounts/useUsers";
import { useFormats } from "../../i18n/formats";
import { Avatar } from "../../ui/Avatar";
import { classes } from "../../ui/classes";
import { Badge } from "../../ui/State";
import { nameOf } from "../contacts/names";
import styles from "./ConversationItem.module.css";

interface ConversationItemProps {
  conversation: Conversation;
  unread: number;
  /** The message that was searched for, where the item leads. */
  hit?: SearchHit | undefined;
}

export const ConversationItem = memo(function ConversationItem({ conversation, unread, hit }: ConversationItemProps) {
  const { t } = useTranslation("list");
  const formats = useFormats();
  const name = nameOf(conversation.contact);
  const at = hit?.occurred_at ?? conversation.last_message_at;
  return (
    <div role="listitem" className={styles.row}>
      <Link
        to="/inbox/$conversationId"
        params={{ conversationId: conversation.id }}
        search={(search) => ({ ...search, message: hit?.message_id })}
        className={classes(styles.item, unread > 0 && styles.unread)}
      >
        <Avatar name={name} />
        <span className={styles.body}>
          <span className={styles.line}>
            <span className={styles.name}>{name}</span>
            {at && (
              <time className={styles.time} dateTime={at}>
                {formats.short(new Date(at))}
              </time>
            )}
          </span>
          <span className={styles.line}>
            <span className={styles.preview}>
              <Preview message={hit ?? conversation.last_message} />
            </span>
            {unread > 0 && (
              <span className={styles.count}>
                <span aria-hidden="true">{unread > 99 ? "99+" : unread}</span>
                <span className="visually-hidden">{t("unread", { count: unread })}</span>
              </span>
            )}
          </span>
          <Facts conversation={conversation} />
        </span>
      </Link>
    </div>
  );
});

function Preview({ message }: { message: SearchHit | Conversation["last_message"] }) {
  const { t } = useTranslation(["list", "conversations"]);
  if (!message) return t("noMessage");
  const { preview, message_type, direction } = message;
  const words = preview || t(`conversations:types.${message_type}`, { defaultValue: t("conversations:types.unsupported") });
  return direction === "outbound" ? t("ours", { words }) : words;
}

/** The agent of a conversation, and what is unusual about it. */
function Facts({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation("list");
  const users = useUsers();
  const { assigned_agent_id, status, priority, failed_count = 0 } = conversation;
  const agent = assigned_agent_id ? users.get(assigned_agent_id) : undefined;
  const isUnusual = status === "pending" || priority === "high" || priority === "urgent" || failed_count > 0;
  if (!agent && !isUnusual) return null;
  return (
    <span className={styles.facts}>
      {agent && (
        <span className={styles.agent}>
          <Avatar name={agent.full_name} size="s" />
          <span className="visually-hidden">{t("assignedTo")}</span>
          {agent.full_name}
        </span>
      )}
      {status === "pending" && <Badge tone="info">{t("status.pending")}</Badge>}
      {failed_count > 0 && <Badge tone="danger">{t("failed", { count: failed_count })}</Badge>}
      {(priority === "high" || priority === "urgent") && <Badge tone="warning">{t(`priority.${priority}`)}</Badge>}
    </span>
  );
}
