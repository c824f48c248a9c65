import { RestError, type Message, type SocketClient } from "pytake-client";
import { Store } from "../state/store";
import { beforeOf, NO_MESSAGES, reduceMessages, type MessageAction, type MessageState } from "./messageState";

const PAGE = 50;

/** The largest page that the server gives. */
const MOST = 100;

/** How many conversations are kept after they were open, so that they are shown at once when opened again. */
const REMEMBERED = 30;

export interface OpenConversation {
  readonly id: string;
  readonly messages: Store<MessageState>;
  readonly loading: Store<LoadingState>;
}

/** `missing`: there is no such conversation for this user. */
export type LoadingState = "first" | "older" | "ready" | "missing" | Error;

/**
 * The messages of conversations, kept up to date. Loaded messages are kept when a conversation is closed; when it is
 * opened again, only what changed meanwhile is loaded.
 */
export class ConversationFeed {
  readonly #client: SocketClient;
  readonly #known = new Map<string, OpenConversation>();
  readonly #opened = new Map<string, number>();
  readonly #endings: (() => void)[];

  constructor(client: SocketClient) {
    this.#client = client;
    this.#endings = [
      client.onNewMessage((message) => this.#dispatch(message.conversation_id, { kind: "message", message })),
      client.onMessageUpdated((message) => this.#dispatch(message.conversation_id, { kind: "message", message })),
      client.onMessageStatus((status) => this.#dispatch(status.conversation_id, { kind: "status", status })),
      client.onConnectionState(({ status }) => status === "live" && this.#retry()),
    ];
  }

  /** Joins a conversation until `close` was called as often as `open`. */
  open(id: string): void {
    const times = this.#opened.get(id) ?? 0;
    this.#opened.set(id, times + 1);
    if (times === 0) this.#enter(this.of(id));
  }

  close(id: string): void {
    const times = this.#opened.get(id) ?? 0;
    if (times > 1) return void this.#opened.set(id, times - 1);
    this.#opened.delete(id);
    this.#client.leaveConversation(id);
    this.#forget();
  }

  of(id: string): OpenConversation {
    let conversation = this.#known.get(id);
    if (!conversation) {
      conversation = { id, messages: new Store(NO_MESSAGES), loading: new Store<LoadingState>("first") };
      this.#known.set(id, conversation);
    }
    return conversation;
  }

  /**
   * Loads pages until a message is shown, so that everything between it and the end is there as well.
   * @returns Whether the conversation has it; false, too, where it was closed or a page could not be loaded.
   */
  async reach(id: string, messageId: string): Promise<boolean> {
    const { messages, loading } = this.of(id);
    for (;;) {
      await settled(loading);
      if (messages.value.shown.some((message) => message.id === messageId)) return true;
      if (messages.value.horizon === "" || loading.value !== "ready" || !this.#opened.has(id)) return false;
      await this.older(id, MOST);
    }
  }

  /** Loads the page before the first message, unless there is none or a page is being loaded. */
  async older(id: string, limit = PAGE): Promise<void> {
    const { messages, loading } = this.of(id);
    const before = beforeOf(messages.value);
    if (before === undefined || messages.value.horizon === "" || loading.value !== "ready") return;
    loading.set("older");
    try {
      const page = await this.#client.loadMessages(id, { before, limit });
      this.#dispatch(id, { kind: "page", messages: page.messages, complete: !page.more });
    } finally {
      // A page that could not be loaded is requested again when the user scrolls there again.
      loading.set("ready");
    }
  }

  /** Takes a message from the answer to the request that sent it. */
  put(message: Message): void {
    this.#dispatch(message.conversation_id, { kind: "answer", message });
  }

  stop(): void {
    this.#endings.forEach((end) => end());
    for (const id of this.#opened.keys()) this.#client.leaveConversation(id);
  }

  #enter(conversation: OpenConversation): void {
    const { horizon, position } = conversation.messages.value;
    if (horizon === undefined) return void this.#loadFirst(conversation);
    this.#client.joinConversation(conversation.id, { afterSeq: position }).catch(() => {
      // The client reports the error; the messages stay on the screen.
    });
  }

  async #loadFirst({ id, loading }: OpenConversation): Promise<void> {
    loading.set("first");
    try {
      const { messages, lastSeq, more } = await this.#client.loadMessages(id, { limit: PAGE });
      this.#dispatch(id, { kind: "page", messages, complete: !more, lastSeq });
      loading.set("ready");
    } catch (error) {
      const isMissing = error instanceof RestError && (error.status === 404 || error.status === 422);
      loading.set(isMissing ? "missing" : (error as Error));
    }
  }

  #retry(): void {
    for (const id of this.#opened.keys()) {
      const conversation = this.of(id);
      if (conversation.loading.value instanceof Error) void this.#loadFirst(conversation);
    }
  }

  /** Drops the conversations that were opened longest ago: a map keeps the order of insertion. */
  #forget(): void {
    for (const id of [...this.#known.keys()].slice(0, -REMEMBERED)) {
      if (!this.#opened.has(id)) this.#known.delete(id);
    }
  }

  #dispatch(id: string, action: MessageAction): void {
    this.#known.get(id)?.messages.update((state) => reduceMessages(state, action));
  }
}

/** Resolves when no page is being loaded. */
function settled(loading: Store<LoadingState>): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (loading.value === "first" || loading.value === "older") return;
      stop();
      resolve();
    };
    const stop = loading.subscribe(look);
    look();
  });
}
