import {
  signalR,
  SocketClient,
  type ConnectionState,
  type Conversation,
  type ConversationCounts,
  type Hub,
  type Message,
  type MessageStatus,
  type SocketClientOptions,
} from "pytake-client";

/** The parts of a message that are compared with the database: those that live events change. */
export interface Shown {
  id: string;
  seq: number;
  status: string;
  content: unknown;
  reactions: unknown;
}

export function shown({ id, seq, status, content, reactions }: Message): Shown {
  return { id, seq, status, content, reactions: reactions ?? [] };
}

/** An agent's screen, which applies what the client hands out as the client's documentation says. */
export class Inbox {
  readonly client: SocketClient;
  readonly line = new Line();
  readonly news: Message[] = [];
  readonly statuses: MessageStatus[] = [];
  readonly seqs: number[] = [];
  readonly screen = new Map<string, Shown>();
  readonly conversations = new Map<string, Conversation>();
  counts: ConversationCounts | undefined;
  readonly #watches = new Set<() => void>();

  constructor(baseUrl: string, options: SocketClientOptions = {}) {
    this.client = new SocketClient({ baseUrl, createHub: (hub) => this.line.guard(signalR(hub)), ...options });
    this.client.onNewMessage((message) => this.#receive(message, () => this.#isNew(message)));
    this.client.onMessageUpdated((message) => this.#receive(message, () => this.screen.set(message.id, shown(message))));
    this.client.onMessageStatus((status) => this.#receive(status, () => this.#isStatus(status)));
    this.client.onConversationUpdated((conversation) => {
      this.conversations.set(conversation.id, conversation);
      this.#check();
    });
    this.client.onConversationRemoved(({ conversation_id }) => {
      this.conversations.delete(conversation_id);
      this.#check();
    });
    this.client.onConversationCounts((counts) => {
      this.counts = counts;
      this.#check();
    });
    this.client.onTyping(() => this.#check());
    this.client.onConnectionState(() => this.#check());
  }

  get state(): ConnectionState["status"] {
    return this.client.connectionState.status;
  }

  get rows(): Shown[] {
    return [...this.screen.values()].sort((a, b) => a.seq - b.seq);
  }

  load(messages: Message[]): void {
    for (const message of messages) this.screen.set(message.id, shown(message));
  }

  /** Resolves when `find` returns a value, which is checked after each event; rejects after `limit` milliseconds. */
  until<T>(what: string, find: () => T | undefined | false, limit = 20_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const over = () => {
        clearTimeout(timer);
        this.#watches.delete(watch);
      };
      const watch = () => {
        const found = find();
        if (found === undefined || found === false) return;
        over();
        resolve(found);
      };
      const timer = setTimeout(() => {
        over();
        reject(new Error(`Not within ${limit} ms: ${what}`));
      }, limit);
      this.#watches.add(watch);
      watch();
    });
  }

  #isNew(message: Message): void {
    this.news.push(message);
    this.screen.set(message.id, shown(message));
  }

  #isStatus(status: MessageStatus): void {
    this.statuses.push(status);
    const row = this.screen.get(status.message_id);
    if (row) Object.assign(row, { status: status.status, seq: status.seq });
  }

  #receive({ seq }: { seq: number }, show: () => void): void {
    this.seqs.push(seq);
    show();
    this.#check();
  }

  #check(): void {
    for (const watch of [...this.#watches]) watch();
  }
}

/** The network between the client and the server, which can be cut and mended. */
export class Line {
  #cut = false;
  #hub: Hub | undefined;

  guard(hub: Hub): Hub {
    const start = hub.start.bind(hub);
    hub.start = () => (this.#cut ? Promise.reject(new Error("The line is cut")) : start());
    this.#hub = hub;
    return hub;
  }

  async cut(): Promise<void> {
    this.#cut = true;
    await this.#hub?.stop();
  }

  mend(): void {
    this.#cut = false;
  }
}
