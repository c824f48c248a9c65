import { backoff } from "../backoff.js";
import { isRefusal, SessionEndedError, type AccessToken, type TokenSource } from "./tokens.js";

/** setTimeout takes no more than 31 bits of milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The shortest pause between renewals, for tokens with an extremely short life. */
const SOONEST_MS = 1_000;

/** A token that expires this soon is renewed before it is sent. */
const TOO_LATE_MS = 5_000;

export interface SessionOptions {
  source?: TokenSource | undefined;
  /** The token was replaced by a fresh one of the same user. */
  renewed: (token: string) => void;
  /** There will be no more tokens. */
  ended: () => void;
  random: () => number;
}

/**
 * One user's access token, renewed when about three quarters of its life are over, and whenever the server refuses it.
 * There is never more than one renewal under way.
 */
export class Session {
  readonly #options: SessionOptions;
  #token = "";
  #expiresAt = Infinity;
  #renewing: Promise<string> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get token(): string {
    return this.#token;
  }

  get subject(): string | undefined {
    return claims(this.#token).sub;
  }

  /** Takes a token that the application has got; its lifetime is read from its `exp` claim, if it has one. */
  use(token: string): void {
    const { exp, iat } = claims(token);
    // A token that was issued in the future shows that this clock is behind the server's.
    const behind = iat === undefined ? 0 : Math.max(0, iat * 1000 - Date.now());
    this.#take(token, exp === undefined ? Infinity : exp * 1000 - behind - Date.now());
  }

  /** A token that is valid for a few more seconds at least; rejects like `renew`. */
  async ready(): Promise<string> {
    const due = this.#token === "" || this.#expiresAt - Date.now() < TOO_LATE_MS;
    return due && this.#options.source ? this.renew(this.#token) : this.#token;
  }

  /**
   * Replaces the token, unless `stale`, the one to be replaced, was replaced already. Rejects with a SessionEndedError
   * when the renewal is refused, after calling `ended`, and with the source's error when that cannot be reached.
   */
  renew(stale: string): Promise<string> {
    if (stale !== this.#token) return Promise.resolve(this.#token);
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #renew(): Promise<string> {
    try {
      this.#accept(await this.#next());
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (!this.#closed) this.#options.ended();
      throw new SessionEndedError((error as Error).message);
    }
    if (!this.#closed) this.#options.renewed(this.#token);
    return this.#token;
  }

  async #next(): Promise<AccessToken> {
    if (!this.#options.source) throw new SessionEndedError("The token has expired, and there is no way to renew it");
    return this.#options.source.refresh();
  }

  /** Another tab may have logged in as another user: that ends this session instead of renewing its token. */
  #accept(next: AccessToken): void {
    const before = this.subject;
    const after = claims(next.access_token).sub;
    if (before !== undefined && after !== before) throw new SessionEndedError("Another user has logged in");
    this.#take(next.access_token, next.expires_in * 1000);
  }

  #take(token: string, life: number): void {
    this.#token = token;
    this.#expiresAt = Date.now() + life;
    if (this.#options.source && life < Infinity) this.#renewIn(life * (0.7 + 0.1 * this.#options.random()), 0);
  }

  #renewIn(delay: number, failures: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const stale = this.#token;
    this.#timer = setTimeout(
      () => {
        this.renew(stale).catch((error: unknown) => {
          if (error instanceof SessionEndedError) return;
          this.#renewIn(backoff(failures + 1, this.#options.random), failures + 1);
        });
      },
      Math.min(Math.max(delay, SOONEST_MS), LONGEST_TIMER_MS),
    );
  }
}

interface Claims {
  sub?: string;
  /** Epoch seconds. */
  exp?: number;
  iat?: number;
}

/** The claims of a JWT, unverified: the server decides, this only plans renewals. Empty where it is not a JWT. */
function claims(token: string): Claims {
  try {
    const payload = token.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(atob(payload)) as Claims;
  } catch {
    return {};
  }
}

/** The user that a token says it belongs to. */
export function subjectOf(token: string): string | undefined {
  return claims(token).sub;
}
