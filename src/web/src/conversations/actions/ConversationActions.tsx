import { useNavigate } from "@tanstack/react-router";
import type { Conversation } from "pytake-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { conversations } from "../../api/api";
import { useServerWords } from "../../api/useServerWords";
import { useLive } from "../../realtime/LiveProvider";
import { IconButton } from "../../ui/Button";
import { Menu, MenuItem } from "../../ui/Menu";
import { ActionError } from "./ActionError";
import { CloseDialog } from "./CloseDialog";
import styles from "./ConversationActions.module.css";
import { TransferDialog } from "./TransferDialog";
import { useAct } from "./useAct";

export function ConversationActions({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation("conversations");
  const [dialog, setDialog] = useState<"transfer" | "close">();
  const release = useAct(() => conversations.releaseControl(conversation.id));
  const reopen = useAct(() => conversations.reopen(conversation.id));
  const { inbox } = useLive();
  const navigate = useNavigate();
  const words = useServerWords();
  const failure = reopen.error ?? release.error;
  const isOver = conversation.status === "closed" || conversation.status === "resolved";
  const end = () => setDialog(undefined);
  // Closed first: an open conversation that is seen is read at once.
  const markUnread = async () => {
    await navigate({ to: "/inbox", search: (search) => ({ ...search, message: undefined }) });
    await inbox.refresh(conversation.id, conversations.unread).catch(() => {
      // It stays as read in the list, which shows that.
    });
  };
  return (
    <div className={styles.actions}>
      <Menu trigger={<IconButton icon="more" label={t("header.actions")} />}>
        {conversation.inbound_count > 0 && (
          <MenuItem icon="unread" onSelect={() => void markUnread()}>
            {t("header.unread")}
          </MenuItem>
        )}
        <MenuItem icon="transfer" onSelect={() => setDialog("transfer")}>
          {t("header.transfer")}
        </MenuItem>
        {conversation.controlled_by === "self" && (
          <MenuItem icon="back" onSelect={() => release.mutate(undefined)}>
            {t("control:release")}
          </MenuItem>
        )}
        {isOver ? (
          <MenuItem icon="reopen" onSelect={() => reopen.mutate(undefined)}>
            {t("header.reopen")}
          </MenuItem>
        ) : (
          <MenuItem icon="check" onSelect={() => setDialog("close")}>
            {t("header.close")}
          </MenuItem>
        )}
      </Menu>
      {failure && <ActionError>{words(failure.message)}</ActionError>}
      {dialog === "transfer" && <TransferDialog conversation={conversation} onEnd={end} />}
      {dialog === "close" && <CloseDialog conversation={conversation} onEnd={end} />}
    </div>
  );
}
