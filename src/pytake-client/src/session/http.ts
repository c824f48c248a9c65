/** What makes HTTP requests, like `globalThis.fetch`. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

const TIMEOUT_MS = 15_000;

/** An answer that is not 2xx, with the server's words (contract, section 1). */
export class RestError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** The answer's JSON; undefined where it has none. */
    readonly body?: unknown,
    /** The seconds after which the server wants to be asked again, where it says so. */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = "RestError";
  }

  /** Whether asking again is pointless: access is denied, or there is no such thing. */
  get final(): boolean {
    return this.status === 403 || this.status === 404;
  }
}

export interface Answer<T> {
  body: T;
  headers: Headers;
}

/** Sends a request with a timeout; throws RestError unless the answer is 2xx, and whatever `fetch` throws. */
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
    if (!response.ok) throw await refusal(response);
    const text = await response.text();
    return { body: (text === "" ? undefined : JSON.parse(text)) as T, headers: response.headers };
  } finally {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener("abort", giveUp);
  }
}

async function refusal(response: Response): Promise<RestError> {
  const retryAfter = secondsUntilRetry(response.headers);
  try {
    const body = (await response.json()) as { detail?: unknown };
    if (typeof body.detail === "string") return new RestError(response.status, body.detail, body, retryAfter);
  } catch {
    // A proxy's error page is not JSON.
  }
  return new RestError(response.status, `HTTP ${response.status}`, undefined, retryAfter);
}

/** HTTP allows a date as well, which the server never sends. */
function secondsUntilRetry(headers: Headers): number | undefined {
  const text = headers.get("Retry-After") ?? "";
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The number in a header that the contract promises; throws where it is missing. */
export function numberIn(headers: Headers, name: string): number {
  const text = headers.get(name);
  if (!text) throw new Error(`The answer has no ${name}`);
  return Number(text);
}

export function countIn(headers: Headers, rows: unknown[]): number {
  return Number(headers.get("X-Total-Count") ?? rows.length);
}
