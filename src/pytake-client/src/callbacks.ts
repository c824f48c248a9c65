import type {
  Conversation,
  ConversationViewers,
  Message,
  MessageStatus,
  PresenceSnapshot,
  UnreadUpdate,
  UserStatus,
  UserTyping,
} from "./events.js";
import { Listeners } from "./listeners.js";
import type { ClientError, ConnectionState } from "./options.js";
import type { MessageChange } from "./streams/messageChanges.js";

/** The application's callbacks, by what they are called with. */
export class Callbacks {
  readonly errors = new Listeners<ClientError>((error) => console.error(error));
  readonly newMessages = this.#listeners<Message>();
  readonly messageStatuses = this.#listeners<MessageStatus>();
  readonly messageUpdates = this.#listeners<Message>();
  readonly conversationUpdates = this.#listeners<Conversation>();
  readonly unreadUpdates = this.#listeners<UnreadUpdate>();
  readonly typing = this.#listeners<UserTyping>();
  readonly viewers = this.#listeners<ConversationViewers>();
  readonly userStatuses = this.#listeners<UserStatus>();
  readonly presenceSnapshots = this.#listeners<PresenceSnapshot>();
  readonly states = this.#listeners<ConnectionState>();

  /** Whether any of them needs the list of conversations. */
  get wantList(): boolean {
    return this.conversationUpdates.any || this.unreadUpdates.any;
  }

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

  conversationChanged(conversation: Conversation): void {
    this.conversationUpdates.emit(conversation);
    const { id, unread_count } = conversation;
    if (unread_count !== undefined) this.unreadUpdates.emit({ conversation_id: id, unread_count });
  }

  failed(message: string, cause: unknown): void {
    this.errors.emit({ message, cause });
  }

  #listeners<T>(): Listeners<T> {
    return new Listeners<T>((cause) => this.failed("A callback failed", cause));
  }
}
