import type {
  AccountNews,
  Conversation,
  ConversationCounts,
  ConversationRemoved,
  ConversationViewers,
  Message,
  MessageStatus,
  NumberUpdated,
  PresenceSnapshot,
  UnreadUpdate,
  UserStatus,
  UserTyping,
} from "./events.js";
import { Listeners } from "./listeners.js";
import type { ClientError, ConnectionState } from "./options.js";
import type { ListChange } from "./streams/list.js";
import type { MessageChange } from "./streams/messageChanges.js";

/** The application's callbacks, by what they are called with. */
export class Callbacks {
  readonly errors = new Listeners<ClientError>((error) => console.error(error));
  readonly newMessages = this.#listeners<Message>();
  readonly messageStatuses = this.#listeners<MessageStatus>();
  readonly messageUpdates = this.#listeners<Message>();
  readonly conversationUpdates = this.#listeners<Conversation>();
  readonly conversationRemovals = this.#listeners<ConversationRemoved>();
  readonly conversationCounts = this.#listeners<ConversationCounts>();
  readonly unreadUpdates = this.#listeners<UnreadUpdate>();
  readonly typing = this.#listeners<UserTyping>();
  readonly viewers = this.#listeners<ConversationViewers>();
  readonly userStatuses = this.#listeners<UserStatus>();
  readonly presenceSnapshots = this.#listeners<PresenceSnapshot>();
  readonly numbers = this.#listeners<NumberUpdated>();
  readonly accountEvents = this.#listeners<AccountNews>();
  readonly states = this.#listeners<ConnectionState>();

  messageChanged(change: MessageChange): void {
    switch (change.kind) {
      case "new":
        return this.newMessages.emit(change.message);
      case "updated":
        return this.messageUpdates.emit(change.message);
      case "status":
        return this.messageStatuses.emit(change.status);
    }
  }

  listChanged(change: ListChange): void {
    if (change.kind === "removed") return this.conversationRemovals.emit(change.removed);
    this.conversationUpdates.emit(change.conversation);
    const { id, unread_count } = change.conversation;
    if (unread_count !== undefined) this.unreadUpdates.emit({ conversation_id: id, unread_count });
  }

  failed(message: string, cause: unknown): void {
    this.errors.emit({ message, cause });
  }

  #listeners<T>(): Listeners<T> {
    return new Listeners<T>((cause) => this.failed("A callback failed", cause));
  }
}
