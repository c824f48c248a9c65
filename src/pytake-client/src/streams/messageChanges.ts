import type { Message, MessageStatus, MessageStatusName } from "../events.js";

/** What the server sent: one of three live events, or a row of a page that was asked for (also `message`). */
export type MessageEvent =
  | { kind: "message"; message: Message }
  | { kind: "updated"; message: Message }
  | { kind: "status"; status: MessageStatus };

/** What the application is called with. */
export type MessageChange =
  { kind: "new"; message: Message } | { kind: "updated"; message: Message } | { kind: "status"; status: MessageStatus };

/**
 * Remembers which messages of one conversation the application has, and so whether a message from a catch-up is new to
 * it. One that was created before the stream started (`created_seq`) is history and not new.
 *
 * A whole message that is not new may combine several changes: it is handed out as a status, where that differs from
 * the last one, and as an update, so that a callback for either misses nothing.
 */
export class KnownMessages {
  readonly #statuses = new Map<string, MessageStatusName>();
  readonly #capacity: number;

  constructor(capacity = 10_000) {
    this.#capacity = capacity;
  }

  /** The application already has these, from a page that it loaded. */
  add(messages: readonly Message[]): void {
    for (const message of messages) this.#note(message.id, message.status);
  }

  /** @param start where the conversation's stream began. */
  changes(event: MessageEvent, start = 0): MessageChange[] {
    switch (event.kind) {
      case "status":
        if (this.#statuses.has(event.status.message_id)) this.#note(event.status.message_id, event.status.status);
        return [event];
      case "updated":
        this.#note(event.message.id, event.message.status);
        return [event];
      case "message":
        return this.#whole(event.message, start);
    }
  }

  #whole(message: Message, start: number): MessageChange[] {
    const before = this.#statuses.get(message.id);
    const isHistory = (message.created_seq ?? Infinity) <= start;
    this.#note(message.id, message.status);
    if (before === undefined && !isHistory) return [{ kind: "new", message }];
    const updated: MessageChange = { kind: "updated", message };
    return before === message.status ? [updated] : [{ kind: "status", status: statusOf(message) }, updated];
  }

  #note(id: string, status: MessageStatusName): void {
    this.#statuses.delete(id);
    this.#statuses.set(id, status);
    if (this.#statuses.size > this.#capacity) this.#statuses.delete(this.#statuses.keys().next().value!);
  }
}

function statusOf(message: Message): MessageStatus {
  const times: Partial<Record<MessageStatusName, string | null | undefined>> = {
    sent: message.sent_at,
    delivered: message.delivered_at,
    read: message.read_at,
    failed: message.failed_at,
  };
  return {
    message_id: message.id,
    conversation_id: message.conversation_id,
    status: message.status,
    timestamp: times[message.status] ?? message.created_at,
    seq: message.seq,
    error_code: message.error_code ?? null,
    error_message: message.error_message ?? null,
    ...(message.pricing ? { pricing: message.pricing } : {}),
  };
}
