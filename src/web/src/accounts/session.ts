import type { SocketClient, TokenPair, TokenStorage } from "pytake-client";
import { Channel } from "./channel";

/** `ended`: the server has ended the session, and the user has to log in again. */
export type SessionState = "in" | "out" | "ended";

/** Why a login failed, with the status of the answer; undefined where the server could not be reached. */
export class LoginError extends Error {
  constructor(
    readonly status: number | undefined,
    message: string,
  ) {
    super(message);
    this.name = "LoginError";
  }
}

interface LoginAnswer {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  user: { id: string };
}

/** What tabs send each other: the user who has logged in, or that they have logged out. */
type News = { userId: string } | "logged_out";

/**
 * The login, which all tabs of the browser share: the tokens are in one storage, and a login or logout in one tab is
 * one in all.
 */
export class Session {
  readonly #client: SocketClient;
  readonly #tokens: TokenStorage;
  readonly #fetch: typeof fetch;
  readonly #channel = new Channel<News>("pytake.session", (news) => void this.#receive(news));
  readonly #listeners = new Set<() => void>();
  #state: SessionState = "out";

  constructor(client: SocketClient, tokens: TokenStorage, request: typeof fetch = (...call) => globalThis.fetch(...call)) {
    this.#client = client;
    this.#tokens = tokens;
    this.#fetch = request;
    client.onConnectionState(({ status, reason }) => {
      if (status === "closed" && reason === "session_ended") this.#set("ended");
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Continues the session in the storage, if there is one. */
  async resume(): Promise<void> {
    if (await this.#tokens.read()) this.#enter();
  }

  /** Rejects with a LoginError. */
  async logIn(email: string, password: string): Promise<void> {
    const answer = await this.#ask(email, password);
    const pair: TokenPair = {
      access_token: answer.access_token,
      refresh_token: answer.refresh_token,
      expires_at: Date.now() + answer.expires_in * 1000,
    };
    await this.#tokens.write(pair);
    this.#enter();
    this.#channel.send({ userId: answer.user.id });
  }

  /** Ends the session in all tabs at once, and on the server if it can be reached. */
  async logOut(): Promise<void> {
    const pair = await this.#tokens.read();
    await this.#tokens.write(undefined);
    await this.#leave("out");
    this.#channel.send("logged_out");
    if (pair) await this.#revoke(pair);
  }

  async #receive(news: News): Promise<void> {
    if (news === "logged_out") return this.#leave("out");
    if (this.#state === "in") await this.#leave("out");
    this.#enter();
  }

  #enter(): void {
    this.#client.connect().catch(() => {
      // The connection's state says when the session has ended.
    });
    this.#set("in");
  }

  async #leave(state: SessionState): Promise<void> {
    await this.#client.disconnect();
    this.#set(state);
  }

  #set(state: SessionState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }

  async #ask(email: string, password: string): Promise<LoginAnswer> {
    let response: Response;
    try {
      response = await this.#post("/api/v1/auth/login", { email, password });
    } catch {
      throw new LoginError(undefined, "The server could not be reached");
    }
    const body = (await response.json().catch(() => ({}))) as LoginAnswer & { detail?: string };
    if (!response.ok) throw new LoginError(response.status, body.detail ?? `HTTP ${response.status}`);
    return body;
  }

  async #revoke({ access_token, refresh_token }: TokenPair): Promise<void> {
    try {
      await this.#post("/api/v1/auth/logout", { refresh_token }, { Authorization: `Bearer ${access_token}` });
    } catch {
      // The server could not be reached: the tokens are deleted here, and expire by themselves.
    }
  }

  #post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
    return this.#fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
      keepalive: true,
    });
  }
}
