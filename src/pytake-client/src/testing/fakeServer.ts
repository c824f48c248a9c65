import type { Hub, HubOptions } from "../connection/hub.js";
import {
  HubMethod,
  ServerEvent,
  type Conversation,
  type ConversationCounts,
  type Joined,
  type Message,
  type MessageStatusName,
  type Watched,
} from "../events.js";
import type { Fetch } from "../session/http.js";

/** An error of a hub method in SignalR's wording. */
export function hubException(method: string, words: string): Error {
  return new Error(`An unexpected error occurred invoking '${method}' on the server. HubException: ${words}`);
}

export interface Call {
  method: string;
  payload: Record<string, unknown>;
}

export interface RestCall {
  method: string;
  path: string;
  query: Record<string, string>;
  token: string | undefined;
  body: unknown;
}

interface Room {
  id: string;
  lastSeq: number;
  inboxSeq: number;
  /** The views of the list that it belongs to. */
  views: readonly string[];
  messages: Map<string, Message>;
}

/** What a connection watches. */
interface Watch {
  view: string;
  limit: number;
  /** The number up to which it has the view. */
  at: number;
  shown: Set<string>;
}

interface WatchRequest {
  view: string;
  limit: number;
  after_inbox_seq?: number;
}

type Reply = { status: number; body: unknown; headers?: Record<string, string> };

/**
 * PyTake in one process, as the contract describes it: a database with its two kinds of counters, the hub and the REST
 * API. The test decides which events are lost, late or repeated.
 */
export class FakeServer {
  /** Whether connections are accepted and requests answered. */
  up = true;
  /** A page of messages has no more rows, however many are asked for. */
  mostRows = Infinity;
  /** No events are sent; the database changes without them. */
  mute = false;
  /** Sockets are refused, though the REST API accepts the token. */
  refusesSockets = false;
  /** Attempts to connect, and pings, get no answer. */
  hangs = false;
  readonly validTokens = new Set(["token-1"]);
  /** The message with which a join is refused, by conversation, or a watch, by view. */
  readonly refusals = new Map<string, string>();
  /** Errors for the next REST calls, instead of an answer. */
  readonly restFailures: (number | "network")[] = [];
  /** Messages have their `created_seq`. */
  sendsCreatedSeq = false;
  /** Where set, REST answers are computed at once and delivered when this resolves. */
  restGate: Promise<void> | undefined;
  /** Where set, calls of hub methods get to the server when this resolves. */
  hubGate: Promise<void> | undefined;
  /** Where set, how many milliseconds the next REST answer takes after it was computed. */
  restLatency: (() => number) | undefined;
  /** Where set, connections are made with the token of now when this resolves. */
  startGate: Promise<void> | undefined;
  /** Where set, new connections are welcomed when this resolves. */
  welcomeGate: Promise<void> | undefined;
  readonly hubs: FakeHub[] = [];
  /** Connected, whether they were welcomed or not. */
  readonly opening: FakeHub[] = [];
  readonly attempts: number[] = [];
  readonly restCalls: RestCall[] = [];
  refresh: ((refreshToken: string) => Reply) | undefined;
  snapshot = [{ user_id: "me", status: "online" as const }];

  readonly #rooms = new Map<string, Room>();
  #inboxSeq = 0;
  #clock = 0;

  readonly createHub = (options: HubOptions): Hub => new FakeHub(this, options);

  readonly fetch: Fetch = async (url, init) => {
    const { pathname, searchParams } = new URL(url, "http://server");
    const headers = new Headers(init?.headers);
    const call: RestCall = {
      method: init?.method ?? "GET",
      path: pathname,
      query: Object.fromEntries(searchParams),
      token: headers.get("Authorization")?.replace("Bearer ", ""),
      body: init?.body ? (JSON.parse(init.body as string) as unknown) : undefined,
    };
    init?.signal?.throwIfAborted();
    this.restCalls.push(call);
    const failure = this.restFailures.shift();
    const reply = failure === undefined ? this.#answer(call) : failure;
    const aborted = new Promise((resolve) => init?.signal?.addEventListener("abort", resolve));
    const { restLatency } = this;
    const late = restLatency && new Promise((resolve) => setTimeout(resolve, restLatency()));
    await Promise.race([late ?? this.restGate, aborted]);
    init?.signal?.throwIfAborted();
    if (reply === "network" || !this.up) throw new TypeError("fetch failed");
    if (typeof reply === "number") return Response.json({ detail: `failed with ${reply}` }, { status: reply });
    return Response.json(reply.body, { status: reply.status, headers: reply.headers ?? {} });
  };

  get live(): FakeHub[] {
    return this.hubs.filter((hub) => hub.connected);
  }

  get hub(): FakeHub {
    const hub = this.live.at(-1);
    if (!hub) throw new Error("No hub is connected");
    return hub;
  }

  get inboxSeq(): number {
    return this.#inboxSeq;
  }

  /** The `changed_after` of each request for changes, of a conversation or of the list. */
  asked(conversationId?: string): number[] {
    const path = conversationId ? `/api/v1/conversations/${conversationId}/messages` : "/api/v1/conversations";
    return this.restCalls
      .filter((call) => call.path === path && call.query.changed_after !== undefined)
      .map((call) => Number(call.query.changed_after));
  }

  room(id: string): Room {
    let room = this.#rooms.get(id);
    if (!room) {
      room = { id, lastSeq: 0, inboxSeq: ++this.#inboxSeq, views: ["open"], messages: new Map() };
      this.#rooms.set(id, room);
    }
    return room;
  }

  messages(conversationId: string): Message[] {
    return [...this.room(conversationId).messages.values()].sort((a, b) => a.seq - b.seq);
  }

  /** Commits a new message, and publishes it. */
  post(conversationId: string, id: string): Message {
    const message = this.#commit(conversationId, (seq) => ({
      ...newMessage(conversationId, id, seq),
      ...(this.sendsCreatedSeq ? { created_seq: seq } : {}),
    }));
    this.publish(conversationId, ServerEvent.MessageNew, message);
    return message;
  }

  setStatus(conversationId: string, id: string, status: MessageStatusName): void {
    const message = this.#commit(conversationId, (seq, room) => ({ ...room.messages.get(id)!, status, seq }));
    this.publish(conversationId, ServerEvent.MessageStatus, {
      message_id: id,
      conversation_id: conversationId,
      status,
      timestamp: this.#now(),
      seq: message.seq,
    });
  }

  edit(conversationId: string, id: string, text: string): void {
    const message = this.#commit(conversationId, (seq, room) => ({
      ...room.messages.get(id)!,
      content: { text },
      seq,
    }));
    this.publish(conversationId, ServerEvent.MessageUpdated, message);
  }

  publish(conversationId: string, event: string, payload: unknown): void {
    if (this.mute) return;
    for (const hub of this.live) if (hub.rooms.has(conversationId)) hub.emit(event, payload);
  }

  /** Changes conversations and publishes them as coalesced events, each following the one before. */
  touch(...ids: string[]): void {
    for (const id of ids) this.room(id).inboxSeq = ++this.#inboxSeq;
    for (const hub of this.live) this.#flush(hub, ids);
  }

  /** Changes the views that a conversation belongs to. */
  move(id: string, ...views: string[]): void {
    this.room(id).views = views;
    this.touch(id);
  }

  /** The ids of a view's conversations, those that changed first at the front. */
  list(view: string): string[] {
    return this.#inOrder()
      .filter(({ views }) => views.includes(view))
      .map(({ id }) => id);
  }

  counts(): ConversationCounts {
    const [open, mine, unassigned, pending, waiting] = ["open", "mine", "unassigned", "pending", "waiting"].map(
      (view) => this.list(view).length,
    ) as [number, number, number, number, number];
    return { open, mine, unassigned, pending, waiting, unread: this.#rooms.size };
  }

  broadcast(event: string, payload: unknown): void {
    if (!this.mute) for (const hub of this.live) hub.emit(event, payload);
  }

  conversation(id: string): Conversation {
    const { inboxSeq, lastSeq } = this.room(id);
    return { id, inbox_seq: inboxSeq, last_seq: lastSeq, unread_count: 1 } as Conversation;
  }

  /** The node dies: connections break, and events that are published meanwhile are lost. */
  kill(): void {
    this.up = false;
    for (const hub of this.live) hub.close(new Error("gone"));
  }

  join(hub: FakeHub, { conversation_id, after_seq }: { conversation_id: string; after_seq?: number }): Joined {
    const words = this.refusals.get(conversation_id);
    if (words !== undefined) {
      hub.emit(ServerEvent.Error, { message: words, code: 404 });
      throw hubException(HubMethod.JoinConversation, words);
    }
    const room = this.room(conversation_id);
    hub.rooms.add(conversation_id);
    const missed = after_seq === undefined ? [] : this.#changedAfter(room, after_seq);
    for (const message of missed) hub.emit(ServerEvent.MessageNew, message);
    return { conversation_id, last_seq: room.lastSeq };
  }

  watch(hub: FakeHub, { view, limit, after_inbox_seq: after }: WatchRequest): Watched {
    const words = this.refusals.get(view);
    if (words !== undefined) throw hubException(HubMethod.WatchConversations, words);
    hub.watch = { view, limit, at: after ?? this.#inboxSeq, shown: new Set(this.list(view)) };
    if (after !== undefined) {
      const missed = this.#inOrder().filter(({ inboxSeq }) => inboxSeq > after);
      for (const { id } of missed) hub.watch.shown.add(id);
      this.#flush(hub, missed.map(({ id }) => id));
    }
    return { view: view as Watched["view"], inbox_seq: this.#inboxSeq, counts: this.counts() };
  }

  /** Sends changes to a connection as far as they are for its view. */
  #flush(hub: FakeHub, ids: readonly string[]): void {
    const { watch } = hub;
    if (!watch) return;
    const changed = this.#inOrder().filter(({ id }) => ids.includes(id));
    for (const { id, inboxSeq, views } of changed) {
      const belongs = views.includes(watch.view);
      if (!belongs && !watch.shown.delete(id)) continue;
      if (belongs) watch.shown.add(id);
      const prev_inbox_seq = watch.at;
      watch.at = inboxSeq;
      if (this.mute) continue;
      if (!belongs) hub.emit(ServerEvent.ConversationRemoved, { conversation_id: id, inbox_seq: inboxSeq, prev_inbox_seq });
      else hub.emit(ServerEvent.ConversationUpdated, { ...this.conversation(id), unread_count: undefined, prev_inbox_seq });
    }
  }

  #inOrder(): Room[] {
    return [...this.#rooms.values()].sort((a, b) => a.inboxSeq - b.inboxSeq);
  }

  #commit(conversationId: string, change: (seq: number, room: Room) => Message): Message {
    const room = this.room(conversationId);
    const message = change(++room.lastSeq, room);
    room.messages.set(message.id, message);
    room.inboxSeq = ++this.#inboxSeq;
    return message;
  }

  #changedAfter(room: Room, after: number): Message[] {
    return [...room.messages.values()].filter((message) => message.seq > after).sort((a, b) => a.seq - b.seq);
  }

  #answer(call: RestCall): Reply {
    if (call.path === "/api/v1/auth/refresh") {
      return this.refresh!((call.body as { refresh_token: string }).refresh_token);
    }
    if (!this.validTokens.has(call.token ?? "")) return { status: 401, body: { detail: "Not authenticated" } };
    if (call.path === "/api/v1/auth/verify-token") return { status: 200, body: { valid: true } };
    if (call.path === "/api/v1/conversations") return this.#list(call.query);
    const id = /^\/api\/v1\/conversations\/([^/]+)\/messages$/.exec(call.path)?.[1];
    if (!id || !this.#rooms.has(id)) return { status: 404, body: { detail: "Conversation not found" } };
    return this.#messages(this.room(id), call.query);
  }

  #list({ view, changed_after, limit }: Record<string, string>): Reply {
    const belongs = (room: Room) => view === undefined || room.views.includes(view);
    const page = this.#inOrder().filter(belongs).reverse();
    const changed = this.#inOrder().filter(({ inboxSeq }) => inboxSeq > Number(changed_after));
    const rows = (changed_after === undefined ? page : changed).map((room) =>
      belongs(room) ? this.conversation(room.id) : { id: room.id, inbox_seq: room.inboxSeq, removed: true },
    );
    return {
      status: 200,
      body: rows.slice(0, Number(limit ?? 100)),
      headers: { "X-Inbox-Seq": String(this.#inboxSeq), "X-Total-Count": String(page.length) },
    };
  }

  #messages(room: Room, { changed_after, before, limit }: Record<string, string>): Reply {
    const size = Math.min(Number(limit ?? 100), this.mostRows);
    const older = [...room.messages.values()].filter((message) => message.seq < Number(before ?? Infinity));
    const rows = changed_after === undefined ? older.slice(-size) : this.#changedAfter(room, Number(changed_after));
    return {
      status: 200,
      body: rows.slice(0, size),
      headers: {
        "X-Last-Seq": String(room.lastSeq),
        "X-Total-Count": String(room.messages.size),
        ...(rows.length > size ? { "X-Next-Cursor": String(rows[size - 1]!.seq) } : {}),
      },
    };
  }

  #now(): string {
    return new Date(1_790_000_000_000 + this.#clock++).toISOString();
  }
}

export class FakeHub implements Hub {
  connected = false;
  token = "";
  readonly rooms = new Set<string>();
  watch: Watch | undefined;
  readonly calls: Call[] = [];
  readonly #handlers = new Map<string, (payload: never) => void>();
  readonly #pending = new Set<(error: Error) => void>();
  #closed: (error?: Error) => void = () => {};

  constructor(
    readonly server: FakeServer,
    readonly options: HubOptions,
  ) {}

  async start(): Promise<void> {
    this.server.attempts.push(Date.now());
    this.token = this.options.token();
    await this.server.startGate;
    if (this.server.hangs) return new Promise(() => {});
    const welcome = this.server.up && !this.server.refusesSockets && this.server.validTokens.has(this.token);
    if (!welcome) throw new Error("WebSocket failed to connect");
    this.connected = true;
    this.server.opening.push(this);
    void this.#welcome();
  }

  /** SignalR's `start` resolves at the handshake, before the server has welcomed the connection. */
  async #welcome(): Promise<void> {
    if (this.server.welcomeGate) await this.server.welcomeGate;
    if (!this.connected) return;
    this.server.hubs.push(this);
    this.emit(ServerEvent.Connected, { message: "connected", user_id: "me", node: "node-1" });
    this.emit(ServerEvent.PresenceSnapshot, { users: this.server.snapshot });
  }

  async stop(): Promise<void> {
    if (this.connected) this.close();
  }

  async invoke<T>(method: string, payload?: Record<string, unknown>): Promise<T> {
    if (!this.connected) throw new Error("Cannot send data if the connection is not in the 'Connected' State.");
    this.calls.push({ method, payload: payload ?? {} });
    return new Promise<T>((resolve, reject) => {
      this.#pending.add(reject);
      void (this.server.hubGate ?? Promise.resolve()).then(() => {
        if (!this.#pending.has(reject) || (this.server.hangs && method === HubMethod.Ping)) return;
        this.#pending.delete(reject);
        try {
          resolve(this.#run(method, payload ?? {}) as T);
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  on(event: string, handler: (payload: never) => void): void {
    this.#handlers.set(event, handler);
  }

  onclose(handler: (error?: Error) => void): void {
    this.#closed = handler;
  }

  emit(event: string, payload: unknown): void {
    // A copy, so that a test cannot change the objects of the database.
    this.#handlers.get(event)?.(JSON.parse(JSON.stringify(payload)) as never);
  }

  close(error?: Error): void {
    this.connected = false;
    for (const reject of this.#pending)
      reject(new Error("Invocation canceled due to the underlying connection being closed."));
    this.#pending.clear();
    this.#closed(error);
  }

  called(method: string): Call[] {
    return this.calls.filter((call) => call.method === method);
  }

  #run(method: string, payload: Record<string, unknown>): unknown {
    switch (method) {
      case HubMethod.JoinConversation:
        return this.server.join(this, payload as { conversation_id: string });
      case HubMethod.LeaveConversation:
        this.rooms.delete(payload.conversation_id as string);
        return null;
      case HubMethod.WatchConversations:
        return this.server.watch(this, payload as unknown as WatchRequest);
      case HubMethod.UnwatchConversations:
        this.watch = undefined;
        return null;
      case HubMethod.Authenticate:
        if (!this.server.validTokens.has(payload.token as string)) throw hubException(method, "Invalid token");
        this.token = payload.token as string;
        return { expires_in: 900 };
      default:
        return null;
    }
  }
}

export function newMessage(conversationId: string, id: string, seq: number): Message {
  return {
    id,
    conversation_id: conversationId,
    direction: "inbound",
    sender_type: "contact",
    message_type: "text",
    content: { text: id },
    status: "received",
    created_at: "2026-09-21T14:13:20Z",
    occurred_at: "2026-09-21T14:13:20Z",
    seq,
  };
}

/** A JWT with an invalid signature. Times are epoch seconds. */
export function jwt(claims: { sub?: string; exp?: number; iat?: number; n?: number }): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${encode({ alg: "HS256" })}.${encode(claims)}.signature`;
}
