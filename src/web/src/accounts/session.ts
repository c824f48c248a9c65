import { request, type Fetch, type SocketClient, type TokenPair, type TokenStorage } from "pytake-client";
import type { Entry } from "../api/entry";
import { forgetPersonal, type KeyValues } from "../state/personal";
import { Channel } from "./channel";

/** `ended`: the server has ended the session, and the user has to log in again. */
export type SessionState = "in" | "out" | "ended";

/** What tabs send each other: the user who has logged in, or how the session is over. */
type News = { userId: string } | Exclude<SessionState, "in">;

export interface SessionOptions {
  client: Pick<SocketClient, "connect" | "disconnect" | "onConnectionState">;
  tokens: TokenStorage;
  /** Where users' texts are, which leave with the session. */
  storages: readonly KeyValues[];
  fetch?: Fetch;
}

/**
 * The session, which all tabs of the browser share: the tokens are in one storage, and a login or logout in one tab is
 * one in all. With its end, whoever ends it, all that was written and not sent leaves the browser.
 */
export class Session {
  readonly #options: Required<SessionOptions>;
  readonly #channel = new Channel<News>("pytake.session", (news) => void this.#receive(news));
  readonly #listeners = new Set<() => void>();
  #state: SessionState = "out";
  #lost = 0;

  constructor(options: SessionOptions) {
    this.#options = { fetch: (...call) => globalThis.fetch(...call), ...options };
    options.client.onConnectionState(({ status, reason }) => {
      if (status === "closed" && reason === "session_ended") void this.#end();
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** How many texts were lost because the server has ended the session. */
  get lost(): number {
    return this.#lost;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Continues the session in the storage; where there is none, nothing stays of an earlier one. */
  async resume(): Promise<void> {
    if (await this.#options.tokens.read()) this.#enter();
    else this.#forget();
  }

  /** Begins a session in all tabs, in place of the one that there may be. Texts of other users leave the browser. */
  async begin({ access_token, refresh_token, expires_in, user }: Entry): Promise<void> {
    const before = await this.#options.tokens.read();
    await this.#options.tokens.write(undefined);
    if (this.#state === "in") await this.#leave("out");
    await this.#options.tokens.write({ access_token, refresh_token, expires_at: Date.now() + expires_in * 1000 });
    this.#forget(user.id);
    this.#enter();
    this.#channel.send({ userId: user.id });
    if (before) await this.#revoke(before);
  }

  /** Ends the session in all tabs at once, and on the server if it can be reached. */
  async logOut(): Promise<void> {
    const pair = await this.#options.tokens.read();
    await this.#options.tokens.write(undefined);
    await this.#leave("out");
    this.#forget();
    this.#channel.send("out");
    if (pair) await this.#revoke(pair);
  }

  /** Connects anew, where the server has refused connections and now takes them. */
  async reconnect(): Promise<void> {
    await this.#options.client.disconnect();
    this.#enter();
  }

  close(): void {
    this.#channel.close();
  }

  async #end(): Promise<void> {
    // Where another user has logged in, in another tab, the storage is theirs.
    if (!(await this.#options.tokens.read())) {
      this.#lost = this.#forget();
      this.#channel.send("ended");
    }
    this.#set("ended");
  }

  async #receive(news: News): Promise<void> {
    if (typeof news === "object") {
      if (this.#state === "in") await this.#leave("out");
      return this.#enter();
    }
    if (news === "out" || this.#state === "in") await this.#leave(news);
    // What was written here after the other tab had emptied the storage.
    this.#forget();
  }

  #enter(): void {
    this.#lost = 0;
    this.#options.client.connect().catch(() => {
      // The connection's state says when the session has ended.
    });
    this.#set("in");
  }

  async #leave(state: SessionState): Promise<void> {
    await this.#options.client.disconnect();
    this.#set(state);
  }

  #set(state: SessionState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }

  #forget(exceptUserId?: string): number {
    return this.#options.storages.reduce((sum, storage) => sum + forgetPersonal(storage, exceptUserId), 0);
  }

  async #revoke({ access_token, refresh_token }: TokenPair): Promise<void> {
    try {
      await request(this.#options.fetch, "/api/v1/auth/logout", {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${access_token}` },
        body: JSON.stringify({ refresh_token }),
        keepalive: true,
      });
    } catch {
      // The server could not be reached: the tokens are deleted here, and expire by themselves.
    }
  }
}
