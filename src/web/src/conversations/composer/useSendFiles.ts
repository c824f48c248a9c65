import type { Conversation } from "pytake-client";
import { useLive } from "../../realtime/LiveProvider";
import { useReply } from "../messages/ReplyContext";
import { draftOf, type Attachment } from "./attachments/attachments";

/** Queues files for a conversation; the first of them answers the message that is being answered. */
export function useSendFiles({ id }: Conversation) {
  const { outbox } = useLive();
  const reply = useReply();
  return {
    attachments: (attachments: readonly Attachment[]) => {
      attachments.forEach((attachment, index) => outbox.add(draftOf(attachment, id, index === 0 ? reply.to?.id : undefined), attachment.ready!.blob));
      reply.set(undefined);
    },
    /** WhatsApp shows only OGG as a voice message; what a browser records instead goes as a sound. */
    voice: (recorded: Blob, seconds: number) => {
      const isVoice = recorded.type.startsWith("audio/ogg");
      const file = { name: isVoice ? "voice.ogg" : "voice.m4a", type: recorded.type, size: recorded.size, seconds };
      outbox.add({ conversation_id: id, message_type: "audio", content: isVoice ? { voice: true } : {}, reply_to_message_id: reply.to?.id, file }, recorded);
      reply.set(undefined);
    },
  };
}
