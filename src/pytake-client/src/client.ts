import { Connection } from "./connection.js";
import { Deferred } from "./deferred.js";
import {
  HubMethod,
  ServerEvent,
  type Conversation,
  type ConversationUpdated,
  type ConversationViewers,
  type Joined,
  type Message,
  type MessageStatus,
  type PresenceSnapshot,
  type Resync,
  type UnreadUpdate,
  type UserStatus,
  type UserTyping,
} from "./events.js";
import { refusal, signalR, type Hub, type HubFactory, type Transport } from "./hub.js";
import type { Answer, Fetch } from "./http.js";
import { List, type ConversationPage, type ConversationQuery } from "./list.js";
import { Listeners, type Unsubscribe } from "./listeners.js";
import type { MessageChange, MessageEvent } from "./messageChanges.js";
import { Presence } from "./presence.js";
import { Rest, type Call } from "./rest.js";
import { Room, type JoinError, type MessagePage, type MessageQuery } from "./room.js";
import { Session, subjectOf } from "./session.js";
import { RefreshTokens, type TokenSource, type TokenStorage } from "./tokens.js";
import { OwnTyping, Typists } from "./typing.js";

export interface SocketClientOptions {
  /** Where PyTake is, like `https://pytake.example`, without the final slash. Default: the page's own origin. */
  baseUrl?: string;
  /** Default `websockets`. */
  transport?: Transport;
  /** How to get new access tokens: a function of yours, or the refresh token for this client to keep and rotate. */
  tokens?: TokenSource | { refreshToken?: string; storage?: TokenStorage };
  /** For tests: what makes connections and requests, and what spreads delays. */
  createHub?: HubFactory;
  fetch?: Fetch;
  random?: () => number;
}

/**
 * - `closed`: nothing happens until `connect`. Reasons: `not_started`, `disconnected`, `session_ended`.
 * - `connecting`: the first connection is being made; goes on for ever.
 * - `live`: connected, and everything that is known to have happened was handed out.
 * - `catching_up`: connected, and asking for what was missed. Reasons: `reconnected`, `resync`, `woke`,
 *   `missed_events`.
 * - `reconnecting`: goes on for ever. Reasons: `connection_lost`, `server_closed`, `unresponsive`, `token_refused`. A node
 *   that drains is left without it: the next connection is there first.
 */
export interface ConnectionState {
  status: "closed" | "connecting" | "live" | "catching_up" | "reconnecting";
  reason: string;
  /** The node we are on, while connected. */
  node?: string | undefined;
}

/** What went wrong without a caller to tell it to: the server's `error` events, lost rooms, callbacks that threw. */
export interface ClientError {
  message: string;
  code?: string | number | undefined;
  cause?: unknown;
}

/**
 * PyTake's realtime connection. It reconnects for ever, and hands out every change of the joined conversations and of
 * the list once, in the order of their numbers, however often the connection broke: a live event is a hint, and what
 * was missed is asked for (contract, section 6).
 *
 * A catch-up gives whole messages in their latest state. One that this client has not seen is handed out as new, one
 * that it has as a status (where that differs) and an update. So an application keeps messages by id, replaces what it
 * has, and ignores updates of what it does not show. History that was not loaded through `loadMessages` may come as new
 * where the server does not tell when it began.
 *
 * All `on…` methods return a function that ends the subscription. Subscriptions outlive `disconnect`.
 */
export class SocketClient {
  #options: SocketClientOptions;
  #active: Active | undefined;
  #state: ConnectionState = { status: "closed", reason: "not_started" };
  #cause = "missed_events";
  #node: string | undefined;
  #renewedForConnecting = false;
  #list = this.#newList();
  readonly #rooms = new Map<string, Room>();
  /** The token that each hub was made with, or was given since. */
  readonly #tokens = new WeakMap<Hub, string>();
  readonly #ownTyping = new OwnTyping();
  readonly #presence = new Presence();
  readonly #typists = new Typists((typing) => this.#typing.tell(typing));

  readonly #errors = new Listeners<ClientError>((error) => console.error(error));
  readonly #newMessages = this.#listeners<Message>();
  readonly #messageStatuses = this.#listeners<MessageStatus>();
  readonly #messageUpdates = this.#listeners<Message>();
  readonly #conversationUpdates = this.#listeners<Conversation>();
  readonly #unreadUpdates = this.#listeners<UnreadUpdate>();
  readonly #typing = this.#listeners<UserTyping>();
  readonly #viewers = this.#listeners<ConversationViewers>();
  readonly #userStatuses = this.#listeners<UserStatus>();
  readonly #presenceSnapshots = this.#listeners<PresenceSnapshot>();
  readonly #states = this.#listeners<ConnectionState>();

  constructor(options: SocketClientOptions = {}) {
    this.#options = options;
  }

  /** Sets the options of a client that was made without, like `socketClient`. Throws while it is connected. */
  configure(options: SocketClientOptions): void {
    if (this.#active) throw new Error("Disconnect before configuring");
    this.#options = options;
  }

  /**
   * Connects and stays connected. While connected, another token of the same user is passed on to the server; one of
   * another user starts anew. The token may be left out where `tokens` can provide one.
   *
   * Resolves at the first connection, when it is known where the list of conversations is: callbacks are told of every
   * change after that. Rejects when there is no connection because the session has ended or `disconnect` was called. It
   * need not be awaited.
   */
  connect(token = ""): Promise<void> {
    const active = this.#active;
    if (active && (token === "" || token === active.session.token)) return active.connected.promise;
    if (active && subjectOf(token) === active.session.subject) {
      active.session.use(token);
      this.#authenticate(active);
      return active.connected.promise;
    }
    if (active) this.#close("disconnected");
    return this.#open(token);
  }

  /** Closes the connection and forgets rooms, positions and tokens, as at a logout. */
  disconnect(): Promise<void> {
    this.#close("disconnected");
    return Promise.resolve();
  }

  isConnected(): boolean {
    return this.#active?.connection.hub !== undefined;
  }

  get connectionState(): ConnectionState {
    return this.#state;
  }

  /** Ids of the users known to be online. */
  get onlineUsers(): ReadonlySet<string> {
    return this.#presence.online;
  }

  /** A valid access token for requests of the application's own, renewed if need be. Rejects when there is none. */
  async accessToken(): Promise<string> {
    return this.#demandActive().session.ready();
  }

  /**
   * A request of the application's own, with the session's token, which is renewed where the server refuses it. `path`
   * begins with `/api/`. Rejects with a RestError (`status`) or with what `fetch` throws; a failure is not repeated.
   */
  async request<T>(path: string, call: Call = {}): Promise<Answer<T>> {
    return this.#demandActive().rest.call<T>(path, call);
  }

  /**
   * Follows a conversation from now on, through reconnects, until `leaveConversation`. May be called while offline, and
   * before `connect`.
   *
   * With `afterSeq` everything that changed after it is handed out, whatever pages are loaded; without it the stream starts at the `last_seq` of
   * the answer, unless `loadMessages` gives it another start. Joining twice is the same as joining once.
   *
   * Resolves when joined; rejects with a JoinError in the server's words when refused, or when left before. It need not
   * be awaited.
   */
  joinConversation(id: string, { afterSeq }: { afterSeq?: number } = {}): Promise<Joined> {
    return this.#room(id, afterSeq).joined.promise;
  }

  leaveConversation(id: string): void {
    const room = this.#rooms.get(id);
    if (!room) return;
    this.#forget(room);
    room.close("Left before it was joined");
    this.#invoke(HubMethod.LeaveConversation, id);
    this.#announce();
  }

  /**
   * Gets a page of a conversation and joins it, if it is not joined yet, so that the page and the callbacks meet
   * without a gap: the first call for a room starts its stream at the page's `X-Last-Seq`. What changes while a page is
   * on its way is handed out after the promise has resolved, so put the page on the screen before waiting for anything
   * else. Rejects with a RestError (`status`) or with what `fetch` throws; a failure is not repeated.
   */
  async loadMessages(id: string, query: MessageQuery = {}): Promise<MessagePage> {
    this.#demandActive();
    return this.#room(id).load(query);
  }

  /**
   * Gets a page of the list of conversations. The first call starts the list's stream at the page's `X-Inbox-Seq`, so
   * that `onConversationUpdated` goes on where the page ends; without any call it starts when the connection is there.
   */
  async loadConversations(query: ConversationQuery = {}): Promise<ConversationPage> {
    this.#demandActive();
    return this.#list.load(query);
  }

  /** Says that the agent is typing; call it as often as you like. Dropped while offline. */
  startTyping(id: string): void {
    if (this.isConnected() && this.#ownTyping.mayStart(id)) this.#invoke(HubMethod.TypingStart, id);
  }

  stopTyping(id: string): void {
    this.#ownTyping.stopped(id);
    this.#invoke(HubMethod.TypingStop, id);
  }

  onNewMessage(callback: (message: Message) => void): Unsubscribe {
    return this.#newMessages.add(callback);
  }

  onMessageStatus(callback: (status: MessageStatus) => void): Unsubscribe {
    return this.#messageStatuses.add(callback);
  }

  /** An edit, a revocation, a reaction or stored media; the message is whole. */
  onMessageUpdated(callback: (message: Message) => void): Unsubscribe {
    return this.#messageUpdates.add(callback);
  }

  /** Any change in the list of conversations; the conversation is whole, but for `unread_count` in live events. */
  onConversationUpdated(callback: (conversation: Conversation) => void): Unsubscribe {
    const unsubscribe = this.#conversationUpdates.add(callback);
    if (this.isConnected()) void this.#list.start();
    return unsubscribe;
  }

  /** The caller's own unread count of a conversation, absolute; also from catching up with the list. */
  onUnreadUpdate(callback: (unread: UnreadUpdate) => void): Unsubscribe {
    const unsubscribe = this.#unreadUpdates.add(callback);
    if (this.isConnected()) void this.#list.start();
    return unsubscribe;
  }

  /** Others in the joined conversations. Whoever started also stops, even when the connection goes. */
  onTyping(callback: (typing: UserTyping) => void): Unsubscribe {
    return this.#typing.add(callback);
  }

  /** Who has a joined conversation open, whenever that changes; absolute, the caller included. */
  onViewers(callback: (viewers: ConversationViewers) => void): Unsubscribe {
    return this.#viewers.add(callback);
  }

  /** Who came and who went, also while we were away. */
  onUserStatus(callback: (status: UserStatus) => void): Unsubscribe {
    return this.#userStatuses.add(callback);
  }

  onPresenceSnapshot(callback: (snapshot: PresenceSnapshot) => void): Unsubscribe {
    return this.#presenceSnapshots.add(callback);
  }

  onConnectionState(callback: (state: ConnectionState) => void): Unsubscribe {
    return this.#states.add(callback);
  }

  onError(callback: (error: ClientError) => void): Unsubscribe {
    return this.#errors.add(callback);
  }

  #listeners<T>(): Listeners<T> {
    return new Listeners<T>((cause) => this.#report("A callback failed", cause));
  }

  #open(token: string): Promise<void> {
    const { baseUrl = "", fetch = (url, init) => globalThis.fetch(url, init), random = Math.random } = this.#options;
    const session = new Session({
      source: tokenSource(this.#options, baseUrl, fetch),
      renewed: () => this.#authenticate(active),
      ended: () => {
        if (this.#active === active) this.#close("session_ended");
      },
      random,
    });
    const rest = new Rest(baseUrl, fetch, session);
    const connection = new Connection({
      prepare: async () => this.#hub(active, `${baseUrl}/hubs/chat`, await session.ready()),
      up: (hub) => this.#up(active, hub),
      down: (reason) => this.#down(reason),
      failed: (failures) => this.#remedy(active, failures),
      woke: () => this.#catchUp("woke"),
      random,
    });
    const active: Active = { session, rest, connection, connected: new Deferred() };
    this.#active = active;
    if (token) session.use(token);
    this.#tell({ status: "connecting", reason: "connecting" });
    connection.start();
    return active.connected.promise;
  }

  #close(reason: "disconnected" | "session_ended"): void {
    const active = this.#active;
    this.#active = undefined;
    active?.connection.stop();
    active?.session.close();
    active?.rest.close();
    for (const room of this.#rooms.values()) room.close(reason);
    this.#rooms.clear();
    this.#list.feed.suspend();
    this.#list = this.#newList();
    this.#typists.clear();
    this.#ownTyping.clear();
    this.#presence.clear();
    this.#node = undefined;
    active?.connected.reject(new Error(reason));
    this.#tell({ status: "closed", reason });
  }

  /** A hub with its handlers in place. Events of one that was given up are ignored. */
  #hub(active: Active, url: string, token: string): Hub {
    const { createHub = signalR, transport = "websockets" } = this.#options;
    const hub = createHub({ url, transport, token: () => active.session.token });
    this.#tokens.set(hub, token);
    const on = <T>(event: string, handler: (payload: T) => void) =>
      hub.on(event, (payload: T) => {
        if (active.connection.owns(hub)) handler(payload);
      });
    hub.on(ServerEvent.Connected, ({ node }: { node?: string }) => {
      active.connection.letIn(hub);
      if (active.connection.owns(hub)) this.#onNode(node);
    });
    on<Message>(ServerEvent.MessageNew, (message) => this.#receive({ kind: "message", message }, message));
    on<Message>(ServerEvent.MessageUpdated, (message) => this.#receive({ kind: "updated", message }, message));
    on<MessageStatus>(ServerEvent.MessageStatus, (status) => this.#receive({ kind: "status", status }, status));
    on<ConversationUpdated>(ServerEvent.ConversationUpdated, (conversation) => this.#receiveConversation(conversation));
    on<UnreadUpdate>(ServerEvent.UnreadUpdate, (unread) => this.#unreadUpdates.tell(unread));
    on<UserTyping>(ServerEvent.UserTyping, (typing) => this.#typists.hear(typing));
    on<ConversationViewers>(ServerEvent.Viewers, (viewers) => this.#viewers.tell(viewers));
    on<UserStatus>(ServerEvent.UserStatus, (status) => this.#onUserStatus(status));
    on<PresenceSnapshot>(ServerEvent.PresenceSnapshot, (snapshot) => this.#onPresence(snapshot));
    on<Resync>(ServerEvent.Resync, (resync) => this.#resync(resync));
    on<{ reconnect_in_ms: number }>(ServerEvent.ServerDraining, (drain) =>
      active.connection.drain(hub, drain.reconnect_in_ms),
    );
    on<ClientError>(ServerEvent.Error, ({ message, code }) => this.#errors.tell({ message, code }));
    return hub;
  }

  #up(active: Active, hub: Hub): void {
    this.#cause = "reconnected";
    this.#renewedForConnecting = false;
    if (this.#tokens.get(hub) !== active.session.token) this.#authenticate(active);
    // A move has no end of the old connection before it; the new node knows nothing of what was typed.
    this.#ownTyping.clear();
    for (const room of [...this.#rooms.values()]) room.connected(hub);
    // Whoever has waited until it is connected is told of all that happens to the list from then on.
    void this.#list.connected().then(() => active.connected.resolve());
    this.#announce();
  }

  #down(reason: string): void {
    for (const room of this.#rooms.values()) room.disconnected();
    this.#list.feed.suspend();
    this.#ownTyping.clear();
    this.#typists.clear();
    this.#node = undefined;
    this.#tell({ status: "reconnecting", reason });
  }

  /**
   * A browser does not tell why a WebSocket was refused, so the REST API is asked about the token. It may still take
   * the token of a session that sockets refuse already (contract, section 8): when it says yes again and again, a
   * refresh shows whether there still is a session. Both at most once per outage.
   */
  async #remedy({ rest, session }: Active, failures: number): Promise<boolean> {
    if (this.#renewedForConnecting) return false;
    const token = session.token;
    const accepted = await rest.accepts(token);
    const suspicious = accepted === false || (accepted && failures >= 3 && this.#options.tokens !== undefined);
    if (!suspicious || this.#renewedForConnecting) return false;
    this.#renewedForConnecting = true;
    try {
      await session.renew(token);
      return true;
    } catch {
      // Refused: `ended` has closed everything. Not reached: the next attempt may look again.
      this.#renewedForConnecting = false;
      return false;
    }
  }

  /** Lets the connection outlive its first token. */
  #authenticate(active: Active): void {
    const { connection, session } = active;
    const hub = connection.hub;
    if (!hub || this.#active !== active) return;
    this.#tokens.set(hub, session.token);
    hub.invoke(HubMethod.Authenticate, { token: session.token }).catch((error: unknown) => {
      if (connection.hub === hub && refusal(error) !== undefined) connection.drop("token_refused");
    });
  }

  #room(id: string, afterSeq?: number): Room {
    const known = this.#rooms.get(id);
    if (known) return known;
    const room = new Room(id, afterSeq, {
      get: (path, query, signal) => this.#get(path, query, signal),
      tell: (change) => this.#tellMessage(change),
      refused: (refused, error, lost) => this.#refused(refused, error, lost),
      changed: () => this.#announce(),
      random: this.#options.random ?? Math.random,
    });
    this.#rooms.set(id, room);
    const hub = this.#active?.connection.hub;
    if (hub) room.connected(hub);
    return room;
  }

  #refused(room: Room, error: JoinError, lost: boolean): void {
    this.#forget(room);
    if (lost) this.#report(error.message, error);
    this.#announce();
  }

  #forget(room: Room): void {
    this.#rooms.delete(room.id);
    this.#typists.clear(room.id);
    this.#ownTyping.stopped(room.id);
  }

  #newList(): List {
    return new List({
      get: (path, query, signal) => this.#get(path, query, signal),
      tell: (conversation) => this.#tellConversation(conversation),
      wanted: () => this.#conversationUpdates.any || this.#unreadUpdates.any,
      refused: (error) => this.#report(error.message, error),
      changed: () => this.#announce(),
      random: () => (this.#options.random ?? Math.random)(),
    });
  }

  #receive(event: MessageEvent, { conversation_id, seq }: { conversation_id: string; seq: number }): void {
    this.#rooms.get(conversation_id)?.feed.receive({ seq, value: event });
  }

  #receiveConversation(conversation: ConversationUpdated): void {
    this.#list.receive(conversation);
    // It came another way than the room's own events, so it also tells what they failed to.
    const { id, last_seq } = conversation;
    const feed = this.#rooms.get(id)?.feed;
    if (feed?.position !== undefined && last_seq > feed.position) feed.learn(last_seq);
  }

  #resync(resync: Resync): void {
    const feed = "inbox_seq" in resync ? this.#list.feed : this.#rooms.get(resync.conversation_id)?.feed;
    const seq = "inbox_seq" in resync ? resync.inbox_seq : resync.last_seq;
    if (feed?.position === undefined || (seq !== undefined && seq <= feed.position)) return;
    this.#cause = "resync";
    feed.catchUp();
  }

  #catchUp(cause: string): void {
    this.#cause = cause;
    for (const room of this.#rooms.values()) room.feed.catchUp();
    this.#list.feed.catchUp();
  }

  #tellMessage(change: MessageChange): void {
    switch (change.kind) {
      case "new":
        return this.#newMessages.tell(change.message);
      case "updated":
        return this.#messageUpdates.tell(change.message);
      case "status":
        return this.#messageStatuses.tell(change.status);
    }
  }

  #tellConversation(conversation: Conversation): void {
    this.#conversationUpdates.tell(conversation);
    const { id, unread_count } = conversation;
    if (unread_count !== undefined) this.#unreadUpdates.tell({ conversation_id: id, unread_count });
  }

  #onNode(node: string | undefined): void {
    this.#node = node;
    this.#announce();
  }

  #onUserStatus(status: UserStatus): void {
    this.#presence.hear(status);
    this.#userStatuses.tell(status);
  }

  #onPresence(snapshot: PresenceSnapshot): void {
    const changes = this.#presence.replace(snapshot);
    this.#presenceSnapshots.tell(snapshot);
    for (const change of changes) this.#userStatuses.tell(change);
  }

  #invoke(method: string, conversationId: string): void {
    this.#active?.connection.hub?.invoke(method, { conversation_id: conversationId }).catch(() => {
      // A refusal also comes as an `error` event; a lost connection has made the call pointless.
    });
  }

  async #get<T>(path: string, query: object, signal?: AbortSignal): Promise<Answer<T>> {
    return this.#demandActive().rest.get<T>(path, query, signal);
  }

  #demandActive(): Active {
    if (!this.#active) throw new Error("Connect first");
    return this.#active;
  }

  /** While connected, the state follows from what is still being asked for. */
  #announce(): void {
    if (!this.isConnected()) return;
    const busy = this.#list.feed.busy || [...this.#rooms.values()].some((room) => room.busy);
    if (busy) return this.#tell({ status: "catching_up", reason: this.#cause, node: this.#node });
    this.#cause = "missed_events";
    this.#tell({ status: "live", reason: "live", node: this.#node });
  }

  #tell(state: ConnectionState): void {
    const { status, reason, node } = this.#state;
    if (state.status === status && state.reason === reason && state.node === node) return;
    this.#state = state;
    this.#states.tell(state);
  }

  #report(message: string, cause: unknown): void {
    this.#errors.tell({ message, cause });
  }
}

/** What exists between `connect` and its end. */
interface Active {
  session: Session;
  rest: Rest;
  connection: Connection;
  connected: Deferred<void>;
}

function tokenSource({ tokens }: SocketClientOptions, baseUrl: string, fetch: Fetch): TokenSource | undefined {
  if (tokens === undefined || "refresh" in tokens) return tokens;
  return new RefreshTokens({ baseUrl, fetch, ...tokens });
}

/** The one client that most applications need. */
export const socketClient = new SocketClient();
