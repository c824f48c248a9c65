import { Connection } from "../connection/connection.js";
import { signalR, type Hub } from "../connection/hub.js";
import { handleEvents, type ServerEventHandlers } from "../connection/serverEvents.js";
import { Deferred } from "../deferred.js";
import { ServerEvent } from "../events.js";
import type { SocketClientOptions } from "../options.js";
import { Authentication } from "./authentication.js";
import type { Fetch } from "./http.js";
import { Rest } from "./rest.js";
import { Session } from "./session.js";
import { RefreshTokens, type TokenSource } from "./tokens.js";

export interface LoginOptions extends SocketClientOptions {
  /** Empty where `tokens` is to provide the first one. */
  token: string;
  handlers: ServerEventHandlers;
  /** The server has accepted a connection of this node. */
  welcomed: (node: string | undefined) => void;
  /** Connected, for the first time or again; a move to another node has no `down` before it. */
  up: (hub: Hub) => void;
  down: (reason: string) => void;
  /** The machine or the page may have slept, but the connection is alive. */
  woke: () => void;
  /** The session is over, and there will be no more tokens. */
  ended: () => void;
}

/** One user's session and its connection, from `connect` until the session ends or `disconnect` is called. */
export class Login {
  readonly session: Session;
  readonly rest: Rest;
  /** Resolved by the client when the first connection is ready for use. */
  readonly connected = new Deferred<void>();
  readonly #options: LoginOptions;
  readonly #baseUrl: string;
  readonly #connection: Connection;
  readonly #authentication: Authentication;

  constructor(options: LoginOptions) {
    const { token, baseUrl = "", fetch = (url, init) => globalThis.fetch(url, init), random = Math.random } = options;
    this.#options = options;
    this.#baseUrl = baseUrl;
    this.session = new Session({
      source: tokenSource(options, baseUrl, fetch),
      renewed: () => this.#authentication.passOn(),
      ended: options.ended,
      random,
    });
    this.rest = new Rest(baseUrl, fetch, this.session);
    this.#connection = new Connection({
      prepare: async () => this.#newHub(await this.session.ready()),
      up: (hub) => {
        this.#authentication.connected(hub);
        options.up(hub);
      },
      down: options.down,
      failed: (failures) => this.#authentication.remedy(failures),
      woke: options.woke,
      random,
    });
    this.#authentication = new Authentication({
      session: this.session,
      rest: this.rest,
      connection: () => this.#connection,
      canRenew: options.tokens !== undefined,
    });
    if (token) this.session.use(token);
  }

  /** The connected hub. */
  get hub(): Hub | undefined {
    return this.#connection.hub;
  }

  start(): void {
    this.#connection.start();
  }

  /** Takes another token of the same user. */
  use(token: string): void {
    this.session.use(token);
    this.#authentication.passOn();
  }

  /** @param reason what `connected` rejects with where there was no connection. */
  close(reason: string): void {
    this.#connection.stop();
    this.session.close();
    this.rest.close();
    this.connected.reject(new Error(reason));
  }

  #newHub(token: string): Hub {
    const { createHub = signalR, transport = "websockets", handlers, welcomed } = this.#options;
    const hub = createHub({ url: `${this.#baseUrl}/hubs/chat`, transport, token: () => this.session.token });
    this.#authentication.connecting(hub, token);
    hub.on(ServerEvent.Connected, ({ node }: { node?: string }) => {
      this.#connection.welcomed(hub);
      if (this.#connection.owns(hub)) welcomed(node);
    });
    hub.on(ServerEvent.ServerDraining, ({ reconnect_in_ms }: { reconnect_in_ms: number }) =>
      this.#connection.moveAway(hub, reconnect_in_ms),
    );
    handleEvents(hub, handlers, () => this.#connection.owns(hub));
    return hub;
  }
}

function tokenSource({ tokens }: SocketClientOptions, baseUrl: string, fetch: Fetch): TokenSource | undefined {
  if (tokens === undefined || "refresh" in tokens) return tokens;
  return new RefreshTokens({ baseUrl, fetch, ...tokens });
}
