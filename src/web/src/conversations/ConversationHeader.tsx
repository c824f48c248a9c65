import { Link } from "@tanstack/react-router";
import type { Conversation } from "pytake-client";
import { useTranslation } from "react-i18next";
import { useMay } from "../accounts/SessionContext";
import { Avatar } from "../ui/Avatar";
import { IconButton } from "../ui/Button";
import buttons from "../ui/Button.module.css";
import { Icon } from "../ui/Icon";
import { Badge } from "../ui/State";
import { AssignMenu } from "./actions/AssignMenu";
import { ConversationActions } from "./actions/ConversationActions";
import { addressOf, nameOf } from "./contacts/names";
import styles from "./ConversationHeader.module.css";
import { Present } from "./Present";

interface ConversationHeaderProps {
  conversation: Conversation;
  showsContact: boolean;
  onToggleContact: () => void;
}

export function ConversationHeader({ conversation, showsContact, onToggleContact }: ConversationHeaderProps) {
  const { t } = useTranslation("conversations");
  const mayWrite = useMay("conversations:write");
  const { contact, status } = conversation;
  const name = nameOf(contact);
  return (
    <header className={styles.header}>
      <Link to="/inbox" search={(search) => ({ ...search, message: undefined })} className={`${buttons.iconButton} ${styles.back}`} aria-label={t("header.back")}>
        <Icon name="back" />
      </Link>
      <Avatar name={name} />
      <div className={styles.who}>
        <h2 className={styles.name}>{name}</h2>
        <p className={styles.line}>
          <span className={styles.number}>{addressOf(contact)}</span>
          {contact.opted_out_at && <Badge tone="warning">{t("contacts:noMarketing")}</Badge>}
          {status !== "open" && <Badge tone={status === "pending" ? "info" : "neutral"}>{t(`status.${status}`)}</Badge>}
        </p>
      </div>
      <Present conversationId={conversation.id} />
      {mayWrite && <AssignMenu conversation={conversation} />}
      <IconButton
        icon="info"
        label={t("header.details")}
        aria-pressed={showsContact}
        onClick={onToggleContact}
      />
      {mayWrite && <ConversationActions conversation={conversation} />}
    </header>
  );
}
