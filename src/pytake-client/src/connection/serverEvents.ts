import {
  ServerEvent,
  type AccountNews,
  type ConversationCounts,
  type ConversationRemoved,
  type ConversationUpdated,
  type ConversationViewers,
  type Message,
  type MessageStatus,
  type NumberUpdated,
  type PresenceSnapshot,
  type Resync,
  type UnreadUpdate,
  type UserStatus,
  type UserTyping,
} from "../events.js";
import type { Hub } from "./hub.js";

/** The payload of the server's `error` event. */
export interface ServerError {
  message: string;
  code?: string | number;
}
/** What to do with each of the server's events, by its name on the wire. */
export interface ServerEventHandlers {
  [ServerEvent.MessageNew]: (message: Message) => void;
  [ServerEvent.MessageUpdated]: (message: Message) => void;
  [ServerEvent.MessageStatus]: (status: MessageStatus) => void;
  [ServerEvent.ConversationUpdated]: (conversation: ConversationUpdated) => void;
  [ServerEvent.ConversationRemoved]: (removed: ConversationRemoved) => void;
  [ServerEvent.ConversationCounts]: (counts: ConversationCounts) => void;
  [ServerEvent.UnreadUpdate]: (unread: UnreadUpdate) => void;
  [ServerEvent.UserTyping]: (typing: UserTyping) => void;
  [ServerEvent.Viewers]: (viewers: ConversationViewers) => void;
  [ServerEvent.UserStatus]: (status: UserStatus) => void;
  [ServerEvent.PresenceSnapshot]: (snapshot: PresenceSnapshot) => void;
  [ServerEvent.NumberUpdated]: (number: NumberUpdated) => void;
  [ServerEvent.AccountEvent]: (news: AccountNews) => void;
  [ServerEvent.Resync]: (resync: Resync) => void;
  [ServerEvent.Error]: (error: ServerError) => void;
}

/** Puts the handlers on a hub. They are called while `isCurrent`: a hub that was replaced may still receive events. */
export function handleEvents(hub: Hub, handlers: ServerEventHandlers, isCurrent: () => boolean): void {
  for (const [event, handler] of Object.entries(handlers) as [string, (payload: never) => void][]) {
    hub.on(event, (payload: never) => {
      if (isCurrent()) handler(payload);
    });
  }
}
