import type { Message } from "pytake-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLive } from "../../../realtime/LiveProvider";
import { useStore } from "../../../state/store";
import { IconButton } from "../../../ui/Button";
import { EmojiGrid } from "../../../ui/emoji/EmojiGrid";
import { EmojiPopover } from "../../../ui/emoji/EmojiPopover";
import { useWindow } from "../../../whatsapp/useWindow";
import styles from "./ReactionPicker.module.css";
import { useReactions } from "./useReactions";

/** The reactions that WhatsApp itself offers first. */
const USUAL = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** Sets our reaction to a customer's message; choosing it again removes it. */
export function ReactionPicker({ message }: { message: Message }) {
  const { t } = useTranslation("conversations");
  const [isOpen, setIsOpen] = useState(false);
  return (
    <EmojiPopover label={t("react.open")} isOpen={isOpen} onOpenChange={setIsOpen} className={styles.picker} distance={6}>
      <Choices message={message} onEnd={() => setIsOpen(false)} />
    </EmojiPopover>
  );
}

function Choices({ message, onEnd }: { message: Message; onEnd: () => void }) {
  const { t } = useTranslation("conversations");
  const { ours, react } = useReactions(message);
  const [showsAll, setShowsAll] = useState(false);
  const obstacle = useObstacle(message.conversation_id);
  const pick = (emoji: string) => {
    react(emoji);
    onEnd();
  };
  if (showsAll && !obstacle) return <EmojiGrid onPick={pick} />;
  const usual = ours === undefined || USUAL.includes(ours) ? USUAL : [ours, ...USUAL];
  return (
    <>
      {obstacle && <p className={styles.obstacle}>{obstacle}</p>}
      <div className={styles.usual}>
        {usual.map((emoji) => (
          <button
            key={emoji}
            type="button"
            className={styles.symbol}
            aria-label={t(emoji === ours ? "react.takeBack" : "react.with", { emoji })}
            aria-pressed={emoji === ours}
            disabled={obstacle !== undefined}
            onClick={() => pick(emoji)}
          >
            {emoji}
          </button>
        ))}
        <IconButton icon="plus" label={t("react.more")} disabled={obstacle !== undefined} onClick={() => setShowsAll(true)} />
      </div>
    </>
  );
}

/** Why WhatsApp would not accept a reaction now. */
function useObstacle(conversationId: string): string | undefined {
  const { t } = useTranslation("conversations");
  const { inbox } = useLive();
  const conversation = useStore(inbox.state, ({ conversations }) => conversations.get(conversationId));
  const { isOpen } = useWindow(conversation?.window_expires_at);
  if (conversation?.status === "closed") return t("react.closed");
  return isOpen ? undefined : t("react.window");
}
