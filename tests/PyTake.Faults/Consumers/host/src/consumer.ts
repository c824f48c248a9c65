import { setTimeout } from "node:timers/promises";
import {
  RestError,
  ServerEvent,
  signalR,
  SocketClient,
  type ClientError,
  type ConnectionState,
  type Conversation,
  type Hub,
  type Message,
  type TokenSource,
} from "pytake-client";
import { Network } from "./network.js";
import type { Observation } from "./protocol.js";

const AGAIN_MS = 500;

/** The view that has all conversations, since nobody closes one. */
const WATCH = { view: "open", limit: 500 } as const;

export interface ConsumerOptions {
  baseUrl: string;
  organization: string;
  rooms: string[];
  tokens: TokenSource;
  /** Called with everything that the client emits. */
  report: (observation: Omit<Observation, "consumer" | "at">) => void;
}

/** One agent's browser, with the list and some conversations open. It stores nothing: the harness builds the screens. */
export class Consumer {
  readonly network = new Network();
  readonly #options: ConsumerOptions;
  readonly #client: SocketClient;

  constructor(options: ConsumerOptions) {
    const { baseUrl, tokens, report } = options;
    this.#options = options;
    this.#client = new SocketClient({
      baseUrl,
      tokens,
      fetch: this.network.fetch,
      createHub: (hub) => this.#overheard(signalR(hub)),
    });
    this.#client.onNewMessage((message) => this.#tellMessage("new", message));
    this.#client.onMessageUpdated((message) => this.#tellMessage("updated", message));
    this.#client.onMessageStatus(({ conversation_id, message_id, seq, status }) =>
      report({ kind: "status", conversation: conversation_id, message: message_id, seq, status }),
    );
    this.#client.onConversationUpdated((conversation) => this.#tellListed(conversation));
    this.#client.onConversationRemoved(({ conversation_id }) =>
      report({ kind: "broken", text: `conversation ${conversation_id} has left the list, though nobody closed it` }),
    );
    this.#client.onConnectionState((state) => this.#tellState(state));
    this.#client.onError((error) => this.#tellError(error));
  }

  /** Resolves when it is connected, watches the list, has joined its conversations and has caught up. Rejects when the server refuses it. */
  async open(): Promise<void> {
    const joined = this.#options.rooms.map((room) => this.#client.joinConversation(room, { afterSeq: 0 }));
    const watched = this.#client.watchConversations(WATCH);
    await this.network.run(() => Promise.all([this.#client.connect(), watched, this.#openList(), ...joined]));
    await this.#live();
  }

  /** A page that fails to load is requested again, as a person would reload it. */
  async #openList(): Promise<void> {
    try {
      const { conversations } = await this.#client.loadConversations({ view: WATCH.view });
      conversations.sort((a, b) => a.inbox_seq - b.inbox_seq).forEach((conversation) => this.#tellListed(conversation));
    } catch (error) {
      if (error instanceof RestError && error.final) throw error;
      await setTimeout(AGAIN_MS);
      await this.#openList();
    }
  }

  #live(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.#client.connectionState.status !== "live") return;
        unsubscribe();
        resolve();
      };
      const unsubscribe = this.#client.onConnectionState(look);
      look();
    });
  }

  #tellMessage(kind: "new" | "updated", { conversation_id, id, seq, status, content }: Message): void {
    const text = typeof content.text === "string" ? content.text : "";
    this.#options.report({ kind, conversation: conversation_id, message: id, seq, status, text });
  }

  #tellListed({ id, inbox_seq, last_seq }: Conversation): void {
    this.#options.report({ kind: "listed", conversation: id, seq: inbox_seq, last_seq });
  }

  #tellState({ status, reason }: ConnectionState): void {
    if (status === "reconnecting") this.#options.report({ kind: "dropped" });
    if (status === "closed") this.#options.report({ kind: "broken", text: `the client closed itself: ${reason}` });
  }

  /** An error without a cause is the server's answer to a call, which the client survives; one with a cause is the client's own failure. */
  #tellError({ message, cause }: ClientError): void {
    if (cause !== undefined) this.#options.report({ kind: "broken", text: message });
  }

  /** Watches the raw hub events, since the client drops those that it has not asked for. */
  #overheard(hub: Hub): Hub {
    for (const event of [ServerEvent.MessageNew, ServerEvent.MessageUpdated, ServerEvent.MessageStatus, ServerEvent.Resync]) {
      hub.on(event, ({ conversation_id }: { conversation_id?: string }) => {
        if (conversation_id === undefined || this.#options.rooms.includes(conversation_id)) return;
        this.#options.report({ kind: "foreign", text: `${event} of conversation ${conversation_id}, which it did not join` });
      });
    }
    hub.on(ServerEvent.ConversationUpdated, ({ organization_id }: Conversation) => {
      if (organization_id === this.#options.organization) return;
      this.#options.report({ kind: "foreign", text: `${ServerEvent.ConversationUpdated} of organization ${organization_id}` });
    });
    return hub;
  }
}
