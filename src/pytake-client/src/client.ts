import { Callbacks } from "./callbacks.js";
import type { Hub } from "./connection/hub.js";
import type { ServerEventHandlers } from "./connection/serverEvents.js";
import {
  HubMethod,
  ServerEvent,
  type AccountNews,
  type Conversation,
  type ConversationCounts,
  type ConversationRemoved,
  type ConversationViewers,
  type Joined,
  type Message,
  type MessageStatus,
  type NumberUpdated,
  type PresenceSnapshot,
  type UnreadUpdate,
  type UserStatus,
  type UserTyping,
  type Watched,
} from "./events.js";
import type { Unsubscribe } from "./listeners.js";
import type { ClientError, ConnectionState, SocketClientOptions } from "./options.js";
import { Presence } from "./people/presence.js";
import { OwnTyping, Typists } from "./people/typing.js";
import type { Answer } from "./session/http.js";
import { Login } from "./session/login.js";
import type { Call } from "./session/rest.js";
import { subjectOf } from "./session/session.js";
import { Status } from "./status.js";
import type { ConversationPage, ConversationQuery, ConversationWatch } from "./streams/list.js";
import type { MessagePage, MessageQuery } from "./streams/room.js";
import { Streams } from "./streams/streams.js";

/**
 * PyTake's realtime connection. It reconnects until `disconnect`, and hands out every change of the joined
 * conversations and of the watched view of the list once, in the order of their numbers, however often the connection
 * broke: a live event is a hint, and what was missed is asked for (contract, section 6).
 *
 * A catch-up gives whole messages in their latest state. One that this client has not seen is handed out as new, one
 * that it has as a status (where that differs) and an update. So an application keeps messages by id, replaces what it
 * has, and ignores updates of what it does not show. History that was not loaded through `loadMessages` may come as new
 * where the server does not send `created_seq`.
 *
 * All `on…` methods return a function that ends the subscription. Subscriptions outlive `disconnect`.
 */
export class SocketClient {
  #options: SocketClientOptions;
  #login: Login | undefined;
  readonly #callbacks = new Callbacks();
  readonly #status = new Status((state) => this.#callbacks.states.emit(state));
  readonly #presence = new Presence();
  readonly #ownTyping = new OwnTyping();
  readonly #typists = new Typists((typing) => this.#callbacks.typing.emit(typing));
  readonly #streams = new Streams({
    callbacks: this.#callbacks,
    get: async (path, query, signal) => this.#demandLogin().rest.get(path, query, signal),
    hub: () => this.#login?.hub,
    roomEnded: (id) => {
      this.#typists.clear(id);
      this.#ownTyping.stopped(id);
    },
    resyncing: () => this.#status.catchesUpBecause("resync"),
    changed: () => this.#updateStatus(),
    random: () => (this.#options.random ?? Math.random)(),
  });
  readonly #handlers: ServerEventHandlers = {
    [ServerEvent.MessageNew]: (message) => this.#streams.receiveMessage({ kind: "message", message }, message),
    [ServerEvent.MessageUpdated]: (message) => this.#streams.receiveMessage({ kind: "updated", message }, message),
    [ServerEvent.MessageStatus]: (status) => this.#streams.receiveMessage({ kind: "status", status }, status),
    [ServerEvent.ConversationUpdated]: (conversation) => this.#streams.receiveConversation(conversation),
    [ServerEvent.ConversationRemoved]: (removed) => this.#streams.receiveRemoval(removed),
    [ServerEvent.ConversationCounts]: (counts) => this.#callbacks.conversationCounts.emit(counts),
    [ServerEvent.UnreadUpdate]: (unread) => this.#callbacks.unreadUpdates.emit(unread),
    [ServerEvent.UserTyping]: (typing) => this.#typists.receive(typing),
    [ServerEvent.Viewers]: (viewers) => this.#callbacks.viewers.emit(viewers),
    [ServerEvent.UserStatus]: (status) => this.#receiveUserStatus(status),
    [ServerEvent.PresenceSnapshot]: (snapshot) => this.#receivePresence(snapshot),
    [ServerEvent.NumberUpdated]: (number) => this.#callbacks.numbers.emit(number),
    [ServerEvent.AccountEvent]: (news) => this.#callbacks.accountEvents.emit(news),
    [ServerEvent.Resync]: (resync) => this.#streams.resync(resync),
    [ServerEvent.Error]: ({ message, code }) => this.#callbacks.errors.emit({ message, code }),
  };

  constructor(options: SocketClientOptions = {}) {
    this.#options = options;
  }

  /** Sets the options of a client that was made without, like `socketClient`. Throws while it is connected. */
  configure(options: SocketClientOptions): void {
    if (this.#login) throw new Error("Disconnect before configuring");
    this.#options = options;
  }

  /**
   * Connects and stays connected. While connected, another token of the same user is passed on to the server; one of
   * another user starts a new session. The token may be left out where `tokens` can provide one.
   *
   * Resolves at the first connection. Rejects when there is none because the session has ended or `disconnect` was
   * called. It need not be awaited.
   */
  connect(token = ""): Promise<void> {
    const login = this.#login;
    if (login && (token === "" || token === login.session.token)) return login.connected.promise;
    if (login && subjectOf(token) === login.session.subject) {
      login.use(token);
      return login.connected.promise;
    }
    if (login) this.#close("disconnected");
    return this.#open(token);
  }

  /** Closes the connection and forgets rooms, the watched view, positions and tokens, as at a logout. */
  disconnect(): Promise<void> {
    this.#close("disconnected");
    return Promise.resolve();
  }

  isConnected(): boolean {
    return this.#login?.hub !== undefined;
  }

  get connectionState(): ConnectionState {
    return this.#status.state;
  }

  /** Ids of the users known to be online. */
  get onlineUsers(): ReadonlySet<string> {
    return this.#presence.online;
  }

  /** A valid access token for the application's own requests, renewed if need be. Rejects when there is none. */
  async accessToken(): Promise<string> {
    return this.#demandLogin().session.ready();
  }

  /**
   * Sends a request with the session's token, which is renewed where the server refuses it. `path` begins with `/api/`.
   * Rejects with a RestError (`status`) or with what `fetch` throws; a failure is not repeated.
   */
  async request<T>(path: string, call: Call = {}): Promise<Answer<T>> {
    return this.#demandLogin().rest.call<T>(path, call);
  }

  /**
   * Follows a conversation from now on, through reconnects, until `leaveConversation`. May be called while offline, and
   * before `connect`.
   *
   * With `afterSeq` everything that changed after it is handed out, whatever pages are loaded; without it the stream
   * starts at the `last_seq` of the answer, unless `loadMessages` gives it another start. Joining twice is the same as
   * joining once.
   *
   * Resolves when joined; rejects with a JoinError in the server's words when refused, or when left before. It need not
   * be awaited.
   */
  joinConversation(id: string, { afterSeq }: { afterSeq?: number } = {}): Promise<Joined> {
    return this.#streams.room(id, afterSeq).joined;
  }

  leaveConversation(id: string): void {
    if (!this.#streams.leave(id)) return;
    this.#invoke(HubMethod.LeaveConversation, id);
    this.#updateStatus();
  }

  /**
   * Follows the first `limit` conversations of a view of the list from now on, through reconnects, until
   * `unwatchConversations`. May be called while offline, and before `connect`.
   *
   * The server sends one view on a connection, so a client watches one at a time: another view takes the place of the
   * former, of which nothing is handed out any more, and another limit of the same view leaves its stream as it is. The
   * callbacks are all called with what is watched, whichever part of the application asked for it.
   *
   * Its stream starts at the `inbox_seq` of the answer, unless `loadConversations` gives it another start. Resolves when
   * it is watched with this limit, to the counts as well, which `onConversationCounts` receives; rejects with a
   * WatchError in the server's words when refused, or when another view is watched before. It need not be awaited.
   */
  watchConversations(watch: ConversationWatch): Promise<Watched> {
    return this.#streams.watch(watch);
  }

  unwatchConversations(): void {
    if (!this.#streams.unwatch()) return;
    this.#login?.hub?.invoke(HubMethod.UnwatchConversations).catch(() => {
      // After a lost connection the call is pointless.
    });
    this.#updateStatus();
  }

  /**
   * Gets a page of a conversation and joins it, if it is not joined yet, so that there is no gap between the page and
   * the callbacks: the first call for a room starts its stream at the page's `X-Last-Seq`. What changes while a page is
   * being loaded is handed out after the promise has resolved, so show the page before waiting for anything else.
   * Rejects with a RestError (`status`) or with what `fetch` throws; a failure is not repeated.
   */
  async loadMessages(id: string, query: MessageQuery = {}): Promise<MessagePage> {
    this.#demandLogin();
    return this.#streams.room(id).load(query);
  }

  /**
   * Gets a page of the list of conversations. The first page of the watched view starts its stream at the page's
   * `X-Inbox-Seq`, so that there is no gap between the page and the callbacks. What changes while a page is being loaded
   * is handed out after the promise has resolved, so show the page before waiting for anything else. A further page
   * reaches as far as the watch does where its `limit` was raised before, and the answer to that awaited.
   */
  async loadConversations(query: ConversationQuery = {}): Promise<ConversationPage> {
    this.#demandLogin();
    return this.#streams.loadList(query);
  }

  /** Tells the server that the user is typing; call it as often as you like. Dropped while offline. */
  startTyping(id: string): void {
    if (this.isConnected() && this.#ownTyping.mayStart(id)) this.#invoke(HubMethod.TypingStart, id);
  }

  stopTyping(id: string): void {
    this.#ownTyping.stopped(id);
    this.#invoke(HubMethod.TypingStop, id);
  }

  onNewMessage(callback: (message: Message) => void): Unsubscribe {
    return this.#callbacks.newMessages.add(callback);
  }

  onMessageStatus(callback: (status: MessageStatus) => void): Unsubscribe {
    return this.#callbacks.messageStatuses.add(callback);
  }

  /** An edit, a deletion by its sender, a reaction or stored media; the message is whole. */
  onMessageUpdated(callback: (message: Message) => void): Unsubscribe {
    return this.#callbacks.messageUpdates.add(callback);
  }

  /**
   * A conversation changed that belongs to the watched view, or belongs to it now. It is whole, but for `unread_count` in
   * live events. One that does not belong to its first rows may come as well, from catching up.
   */
  onConversationUpdated(callback: (conversation: Conversation) => void): Unsubscribe {
    return this.#callbacks.conversationUpdates.add(callback);
  }

  /** A conversation does not belong to the watched view. One that never did may come as well, from catching up. */
  onConversationRemoved(callback: (removed: ConversationRemoved) => void): Unsubscribe {
    return this.#callbacks.conversationRemovals.add(callback);
  }

  /** How many conversations each view has, while one is watched: at the beginning, and whenever it changes. */
  onConversationCounts(callback: (counts: ConversationCounts) => void): Unsubscribe {
    return this.#callbacks.conversationCounts.add(callback);
  }

  /**
   * The caller's own unread count of a conversation that is watched or joined, absolute; also from catching up with the
   * list.
   */
  onUnreadUpdate(callback: (unread: UnreadUpdate) => void): Unsubscribe {
    return this.#callbacks.unreadUpdates.add(callback);
  }

  /**
   * Other users who type in the joined conversations. Each who started also stops, even when the connection is lost.
   */
  onTyping(callback: (typing: UserTyping) => void): Unsubscribe {
    return this.#callbacks.typing.add(callback);
  }

  /** All users who have a joined conversation open, whenever that changes; the caller is among them. */
  onViewers(callback: (viewers: ConversationViewers) => void): Unsubscribe {
    return this.#callbacks.viewers.add(callback);
  }

  /** Users who came online or went offline, also while this client was not connected. */
  onUserStatus(callback: (status: UserStatus) => void): Unsubscribe {
    return this.#callbacks.userStatuses.add(callback);
  }

  onPresenceSnapshot(callback: (snapshot: PresenceSnapshot) => void): Unsubscribe {
    return this.#callbacks.presenceSnapshots.add(callback);
  }

  /** A WhatsApp number was stopped, or was saved and may send again. It may be lost: read the numbers once connected. */
  onNumberUpdate(callback: (number: NumberUpdated) => void): Unsubscribe {
    return this.#callbacks.numbers.add(callback);
  }

  /** There is news of the organization's WhatsApp account: administrators read it by REST. */
  onAccountEvent(callback: (news: AccountNews) => void): Unsubscribe {
    return this.#callbacks.accountEvents.add(callback);
  }

  onConnectionState(callback: (state: ConnectionState) => void): Unsubscribe {
    return this.#callbacks.states.add(callback);
  }

  onError(callback: (error: ClientError) => void): Unsubscribe {
    return this.#callbacks.errors.add(callback);
  }

  #open(token: string): Promise<void> {
    const login = new Login({
      ...this.#options,
      token,
      handlers: this.#handlers,
      welcomed: (node) => this.#welcomed(node),
      up: (hub) => this.#up(login, hub),
      down: (reason) => this.#down(reason),
      woke: () => this.#woke(),
      ended: () => this.#close("session_ended"),
    });
    this.#login = login;
    this.#status.offline("connecting", "connecting");
    login.start();
    return login.connected.promise;
  }

  #close(reason: "disconnected" | "session_ended"): void {
    const login = this.#login;
    this.#login = undefined;
    login?.close(reason);
    this.#streams.clear(reason);
    this.#typists.clear();
    this.#ownTyping.clear();
    this.#presence.clear();
    this.#status.offline("closed", reason);
  }

  #welcomed(node: string | undefined): void {
    this.#status.connectedTo(node);
    this.#updateStatus();
  }

  #up(login: Login, hub: Hub): void {
    this.#status.catchesUpBecause("reconnected");
    // After a move to another node, which has no `down` before it, the new node does not know that the user is typing.
    this.#ownTyping.clear();
    this.#streams.connected(hub);
    login.connected.resolve();
    this.#updateStatus();
  }

  #down(reason: string): void {
    this.#streams.disconnected();
    this.#ownTyping.clear();
    this.#typists.clear();
    this.#status.offline("reconnecting", reason);
  }

  #woke(): void {
    this.#status.catchesUpBecause("woke");
    this.#streams.catchUp();
  }

  #receiveUserStatus(status: UserStatus): void {
    this.#presence.receive(status);
    this.#callbacks.userStatuses.emit(status);
  }

  #receivePresence(snapshot: PresenceSnapshot): void {
    const changes = this.#presence.replace(snapshot);
    this.#callbacks.presenceSnapshots.emit(snapshot);
    for (const change of changes) this.#callbacks.userStatuses.emit(change);
  }

  #invoke(method: string, conversationId: string): void {
    this.#login?.hub?.invoke(method, { conversation_id: conversationId }).catch(() => {
      // A refusal also comes as an `error` event; after a lost connection the call is pointless.
    });
  }

  #demandLogin(): Login {
    if (!this.#login) throw new Error("Connect first");
    return this.#login;
  }

  #updateStatus(): void {
    if (this.isConnected()) this.#status.online(this.#streams.busy);
  }
}

/** The one client that most applications need. */
export const socketClient = new SocketClient();
