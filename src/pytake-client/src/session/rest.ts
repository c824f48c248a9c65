import { hedged } from "../hedge.js";
import { request, RestError, type Answer, type Fetch } from "./http.js";
import type { Session } from "./session.js";

/**
 * A repeatable request is sent again where a node hangs: the proxy gives it to another node, which has fewer requests
 * open.
 */
const UNANSWERED = { pauseMs: 2_000, most: 3 };

/** A request to the REST API. */
export interface Call {
  /** Default GET. */
  method?: string | undefined;
  /** Parameters of the URL; those that are undefined or null are left out. */
  query?: object | undefined;
  /** Sent as JSON. */
  body?: unknown;
  /**
   * Sending it twice has the effect of once, as with an idempotency key: it is sent again after 2 s without an answer.
   * Default for GET.
   */
  repeatable?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** The REST API with the session's token; a 401 renews the token once. */
export class Rest {
  readonly #baseUrl: string;
  readonly #fetch: Fetch;
  readonly #session: Session;
  readonly #closing = new AbortController();

  constructor(baseUrl: string, fetch: Fetch, session: Session) {
    this.#baseUrl = baseUrl;
    this.#fetch = fetch;
    this.#session = session;
  }

  get<T>(path: string, query: object = {}, signal?: AbortSignal): Promise<Answer<T>> {
    return this.call<T>(path, { query, signal });
  }

  async call<T>(path: string, { query = {}, ...call }: Call): Promise<Answer<T>> {
    const url = this.#baseUrl + path + search(query);
    const token = await this.#session.ready();
    try {
      return await this.#send<T>(url, token, call);
    } catch (error) {
      if (!(error instanceof RestError) || error.status !== 401) throw error;
      return await this.#send<T>(url, await this.#session.renew(token), call);
    }
  }

  /** Whether the server accepts a token; undefined where the server could not be asked. */
  async accepts(token: string): Promise<boolean | undefined> {
    try {
      await this.#send(`${this.#baseUrl}/api/v1/auth/verify-token`, token);
      return true;
    } catch (error) {
      return error instanceof RestError && error.status === 401 ? false : undefined;
    }
  }

  /** Aborts all requests, those in progress and any later ones. */
  close(): void {
    this.#closing.abort();
  }

  #send<T>(url: string, token: string, call: Call = {}): Promise<Answer<T>> {
    const { method, body, signal = this.#closing.signal, repeatable = method === undefined || method === "GET" } = call;
    const init: RequestInit = { headers: { Authorization: `Bearer ${token}` } };
    if (method !== undefined) init.method = method;
    if (body !== undefined) {
      init.headers = { ...init.headers, "Content-Type": "application/json" };
      init.body = JSON.stringify(body);
    }
    const ask = (...over: AbortSignal[]) => request<T>(this.#fetch, url, init, signal, this.#closing.signal, ...over);
    return repeatable ? hedged(ask, UNANSWERED) : ask();
  }
}

function search(query: object): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as [string, unknown][]) {
    if (value !== undefined && value !== null) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text && `?${text}`;
}
