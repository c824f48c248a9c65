import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Conversation } from "pytake-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { conversations } from "../../api/api";
import { useLive } from "../../realtime/LiveProvider";
import { IconButton } from "../../ui/Button";
import { Menu, MenuItem } from "../../ui/Menu";
import { CloseDialog } from "./CloseDialog";
import { TransferDialog } from "./TransferDialog";
import { useAct } from "./useAct";

export function ConversationActions({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation("conversations");
  const [dialog, setDialog] = useState<"transfer" | "close">();
  const release = useAct(() => conversations.releaseControl(conversation.id));
  const reopen = useAct(() => conversations.reopen(conversation.id));
  const { inbox } = useLive();
  const navigate = useNavigate();
  const unread = useMutation({ mutationFn: (id: string) => inbox.refresh(id, conversations.unread) });
  const isOver = conversation.status === "closed" || conversation.status === "resolved";
  const end = () => setDialog(undefined);
  // Closed first: an open conversation that is seen is read at once.
  const markUnread = async () => {
    await navigate({ to: "/inbox", search: (search) => ({ ...search, message: undefined }) });
    unread.mutate(conversation.id);
  };
  return (
    <>
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
      {(reopen.error ?? release.error) && (
        <p role="alert" className="visually-hidden">
          {(reopen.error ?? release.error)!.message}
        </p>
      )}
      {dialog === "transfer" && <TransferDialog conversation={conversation} onEnd={end} />}
      {dialog === "close" && <CloseDialog conversation={conversation} onEnd={end} />}
    </>
  );
}
