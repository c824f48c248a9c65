import { SocketClient } from "../client.js";
import type { ConversationCounts, Message, MessageStatus, UnreadUpdate } from "../events.js";
import type { ClientError, ConnectionState, SocketClientOptions } from "../options.js";
import { FakeServer } from "./fakeServer.js";

/** A client on a fake server, with everything that it hands out. */
export class Recorder {
  readonly client: SocketClient;
  readonly states: ConnectionState[] = [];
  readonly errors: ClientError[] = [];
  readonly news: Message[] = [];
  readonly statuses: MessageStatus[] = [];
  readonly updates: Message[] = [];
  /** The changes of the list, as `c1@5`; those that left it with a minus. */
  readonly listed: string[] = [];
  readonly counts: ConversationCounts[] = [];
  readonly unread: UnreadUpdate[] = [];
  /** Everything about messages, in the order in which it was handed out. */
  readonly seqs: number[] = [];

  constructor(
    readonly server = new FakeServer(),
    options: SocketClientOptions = {},
  ) {
    this.client = new SocketClient({ createHub: server.createHub, fetch: server.fetch, random: () => 0.5, ...options });
    this.client.onConnectionState((state) => this.states.push(state));
    this.client.onError((error) => this.errors.push(error));
    this.client.onNewMessage((message) => this.#note(this.news, message));
    this.client.onMessageStatus((status) => this.#note(this.statuses, status));
    this.client.onMessageUpdated((message) => this.#note(this.updates, message));
    this.client.onConversationUpdated(({ id, inbox_seq }) => this.listed.push(`${id}@${inbox_seq}`));
    this.client.onConversationRemoved(({ conversation_id, inbox_seq }) => this.listed.push(`-${conversation_id}@${inbox_seq}`));
    this.client.onConversationCounts((counts) => this.counts.push(counts));
    this.client.onUnreadUpdate((unread) => this.unread.push(unread));
  }

  get trace(): string[] {
    return this.states.map(({ status, reason }) => (status === reason ? status : `${status}: ${reason}`));
  }

  #note<T extends { seq: number }>(list: T[], value: T): void {
    list.push(value);
    this.seqs.push(value.seq);
  }
}
