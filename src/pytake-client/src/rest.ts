import { hedged } from "./hedge.js";
import type { Session } from "./session.js";

/** The one function of the environment that makes HTTP requests; `globalThis.fetch` fits. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

const TIMEOUT_MS = 15_000;

/** What may be asked twice is, where a node stands still: the proxy gives it to another, which has less to do. */
const UNANSWERED = { pauseMs: 2_000, most: 3 };

/** An answer that is not 2xx, with the server's words (contract, section 1). */
export class RestError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "RestError";
  }

  /** Asking again will not help: the right is missing, or there is no such thing. */
  get final(): boolean {
    return this.status === 403 || this.status === 404;
  }
}

export interface Answer<T> {
  body: T;
  headers: Headers;
}

/** What to ask of the REST API. */
export interface Call {
  /** Default GET. */
  method?: string | undefined;
  /** Parameters of the address; what is undefined or null is left out. */
  query?: object | undefined;
  /** Sent as JSON. */
  body?: unknown;
  /** That it does no harm twice, because of a key in its body, say: it is sent again where no answer comes in 2 s. Default for GET. */
  repeatable?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** Sends a request with a time-out; throws RestError unless the answer is 2xx, and whatever `fetch` throws. */
export async function request<T>(
  fetch: Fetch,
  url: string,
  init: RequestInit,
  ...signals: AbortSignal[]
): Promise<Answer<T>> {
  const abort = new AbortController();
  const giveUp = () => abort.abort();
  const timer = setTimeout(giveUp, TIMEOUT_MS);
  for (const signal of signals) signal.addEventListener("abort", giveUp);
  if (signals.some((signal) => signal.aborted)) giveUp();
  try {
    const response = await fetch(url, { ...init, signal: abort.signal });
    if (!response.ok) throw new RestError(response.status, await words(response));
    return { body: (response.status === 204 ? undefined : await response.json()) as T, headers: response.headers };
  } finally {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener("abort", giveUp);
  }
}

async function words(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { detail?: unknown };
    if (typeof body.detail === "string") return body.detail;
  } catch {
    // A proxy's page has no words for us.
  }
  return `HTTP ${response.status}`;
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

  /** Whether the server takes the session's token: undefined where the server could not be asked. */
  async accepts(token: string): Promise<boolean | undefined> {
    try {
      await this.#send(`${this.#baseUrl}/api/v1/auth/verify-token`, token);
      return true;
    } catch (error) {
      return error instanceof RestError && error.status === 401 ? false : undefined;
    }
  }

  /** Gives up what is under way, and everything later. */
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

/** A number that the contract promises in a header; throws where it is missing. */
export function numberIn(headers: Headers, name: string): number {
  const text = headers.get(name);
  if (!text) throw new Error(`The answer has no ${name}`);
  return Number(text);
}

export function countIn(headers: Headers, rows: unknown[]): number {
  return Number(headers.get("X-Total-Count") ?? rows.length);
}

function search(query: object): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as [string, unknown][]) {
    if (value !== undefined && value !== null) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text && `?${text}`;
}
