import { request, type Fetch } from "./http.js";

export interface AccessToken {
  access_token: string;
  /** Seconds from now. */
  expires_in: number;
}

/**
 * Where new access tokens come from. `refresh` rejects with a SessionEndedError, or with any error whose `status` is
 * 400, 401, 403 or 422, when there will be no more; any other rejection counts as an outage, and is tried again.
 */
export interface TokenSource {
  refresh(): Promise<AccessToken>;
}

/** There are no more tokens for this session: the user has to log in again. */
export class SessionEndedError extends Error {
  constructor(message = "The session has ended") {
    super(message);
    this.name = "SessionEndedError";
  }
}

const REFUSALS = [400, 401, 403, 422];

export function isRefusal(error: unknown): boolean {
  if (error instanceof SessionEndedError) return true;
  return REFUSALS.includes((error as { status?: unknown } | undefined)?.status as number);
}

export interface TokenPair {
  access_token: string;
  refresh_token: string;
  /** Epoch milliseconds. */
  expires_at: number;
}

/** Keeps the pair, so that tabs share it and a reload goes on with it. */
export interface TokenStorage {
  read(): TokenPair | undefined | Promise<TokenPair | undefined>;
  write(pair: TokenPair | undefined): void | Promise<void>;
}

/** `localStorage`, or anything like it, as a TokenStorage. */
export function webStorage(
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">,
  key = "pytake.tokens",
): TokenStorage {
  return {
    read() {
      try {
        return (JSON.parse(storage.getItem(key) ?? "null") as TokenPair | null) ?? undefined;
      } catch {
        return undefined;
      }
    },
    write(pair) {
      if (pair) storage.setItem(key, JSON.stringify(pair));
      else storage.removeItem(key);
    },
  };
}

export interface RefreshTokensOptions {
  /** Where the API is, without the final slash; empty for the page's own origin. */
  baseUrl: string;
  /** The newest of the family; may be left out where the storage has one. */
  refreshToken?: string | undefined;
  storage?: TokenStorage | undefined;
  fetch?: Fetch | undefined;
}

/** An access token that another tab has stored is used if it is valid for at least this long. */
const ENOUGH_MS = 60_000;

/**
 * Spends refresh tokens, which are good for one use each: using one twice ends the session of all tabs (contract,
 * section 2). So there is one refresh at a time in this tab, one among all tabs where the browser has Web Locks, and a
 * pair that another tab has stored meanwhile is taken over instead of spending the old one.
 */
export class RefreshTokens implements TokenSource {
  readonly #baseUrl: string;
  readonly #storage: TokenStorage | undefined;
  readonly #fetch: Fetch;
  readonly #seeded: Promise<void>;
  #refreshToken: string | undefined;
  #refreshing: Promise<AccessToken> | undefined;

  constructor(options: RefreshTokensOptions) {
    this.#baseUrl = options.baseUrl;
    this.#refreshToken = options.refreshToken;
    this.#storage = options.storage;
    this.#fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    this.#seeded = this.#seed();
    this.#seeded.catch(() => {});
  }

  refresh(): Promise<AccessToken> {
    this.#refreshing ??= exclusively(() => this.#next()).finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** A refresh token from the options comes from a login just now, so it replaces the older one in the storage. */
  async #seed(): Promise<void> {
    if (this.#refreshToken === undefined) return;
    await this.#storage?.write({ access_token: "", refresh_token: this.#refreshToken, expires_at: 0 });
  }

  async #next(): Promise<AccessToken> {
    await this.#seeded;
    const newer = await this.#newer();
    if (newer) {
      this.#refreshToken = newer.refresh_token;
      const left = newer.expires_at - Date.now();
      if (left > ENOUGH_MS) return { access_token: newer.access_token, expires_in: left / 1000 };
    }
    if (this.#refreshToken === undefined) throw new SessionEndedError();
    try {
      return await this.#spend(this.#refreshToken);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // Without Web Locks another tab may have used the token first.
      if (await this.#newer()) return this.#next();
      await this.#storage?.write(undefined);
      throw new SessionEndedError((error as Error).message);
    }
  }

  async #newer(): Promise<TokenPair | undefined> {
    const stored = await this.#storage?.read();
    return stored && stored.refresh_token !== this.#refreshToken ? stored : undefined;
  }

  async #spend(refreshToken: string): Promise<AccessToken> {
    const { body } = await request<AccessToken & { refresh_token: string }>(
      this.#fetch,
      `${this.#baseUrl}/api/v1/auth/refresh`,
      {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ refresh_token: refreshToken }),
      },
    );
    this.#refreshToken = body.refresh_token;
    await this.#storage?.write({
      access_token: body.access_token,
      refresh_token: body.refresh_token,
      expires_at: Date.now() + body.expires_in * 1000,
    });
    return body;
  }
}

/** Runs `work` while no other tab of this origin does, where the browser has Web Locks. */
async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks as LockManager | undefined;
  return locks ? ((await locks.request("pytake-refresh", work)) as T) : work();
}
