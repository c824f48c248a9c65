import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";

/** The file that `infra/up` writes, as far as it is needed here. */
interface Cluster {
  base_url: string;
  nodes: { name: string; url: string; pid: number }[];
  simulator: { url: string };
}

/** The file that `infra/up` writes; the default is relative to this package's folder. */
export const clusterFile = process.env.PYTAKE_CLUSTER ?? "../../.run/cluster.json";

/** The cluster, read again each time, because a node that was restarted has another pid. */
export function cluster(): Cluster {
  return JSON.parse(readFileSync(clusterFile, "utf8")) as Cluster;
}

export interface Account {
  email: string;
  password: string;
  name: string;
}

export const ADMIN: Account = { email: "admin@pytake.com", password: "Admin123", name: "Demo Admin" };
export const AGENT: Account = { email: "agent@pytake.com", password: "Agent123", name: "Demo Agent" };

async function json<T>(url: string, { method = "GET", token = "", body }: { method?: string; token?: string; body?: unknown } = {}) {
  const response = await fetch(url, {
    method,
    headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** Makes an organization with its first administrator, which demo mode allows everybody. */
export async function register({ email, password, name }: Account, organization: string): Promise<void> {
  const body = { email, password, full_name: name, organization_name: organization };
  await json(`${cluster().base_url}/api/v1/auth/register`, { method: "POST", body });
}

/** The REST API, for tests that need no browser. */
export class Api {
  readonly #token: string;

  private constructor(token: string) {
    this.#token = token;
  }

  static async as({ email, password }: Account): Promise<Api> {
    const url = `${cluster().base_url}/api/v1/auth/login`;
    return new Api((await json<{ access_token: string }>(url, { method: "POST", body: { email, password } })).access_token);
  }

  get<T>(path: string): Promise<T> {
    return json<T>(`${cluster().base_url}/api/v1${path}`, { token: this.#token });
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return json<T>(`${cluster().base_url}/api/v1${path}`, { method: "POST", token: this.#token, body });
  }

  put<T>(path: string, body: unknown = {}): Promise<T> {
    return json<T>(`${cluster().base_url}/api/v1${path}`, { method: "PUT", token: this.#token, body });
  }

  async conversationOf(phone: Phone): Promise<{ id: string; contact_id: string; total_messages: number }> {
    const found = await this.get<{ id: string; contact_id: string; total_messages: number }[]>(`/conversations?q=${phone.number}`);
    if (found.length !== 1) throw new Error(`${found.length} conversations of ${phone.number}`);
    return found[0]!;
  }
}

/** A file as Playwright gives it to a page. */
export interface MadeFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

export interface SentMessage {
  n: number;
  wamid: string;
  body: { type: string; to: string; text?: { body: string }; [other: string]: unknown };
}

/**
 * A customer's phone in the simulator. Its number is German, because the form of Brazilian numbers varies in WhatsApp.
 */
export class Phone {
  readonly number: string;
  readonly name: string;
  readonly #userId: string | undefined;

  constructor(name: string, number = `49151${randomInt(10_000_000, 99_999_999)}`, userId?: string) {
    this.number = number;
    this.name = `${name} ${this.number.slice(-5)}`;
    this.#userId = userId;
  }

  async writes(text: string): Promise<void> {
    await this.sends({ type: "text", text: { body: text } });
  }

  async sends(message: Record<string, unknown>): Promise<void> {
    await control("inbound", { from: this.number, user_id: this.#userId, name: this.name, message });
  }

  /** Sends a file as a customer's phone does: uploaded to WhatsApp first. `more`: what else the message says of it, such as its caption. */
  async sendsFile(kind: "image" | "video" | "audio" | "document" | "sticker", file: MadeFile, more: Record<string, unknown> = {}): Promise<void> {
    const answer = await fetch(`${cluster().simulator.url}/_control/media`, {
      method: "POST",
      headers: { "Content-Type": file.mimeType },
      body: new Uint8Array(file.buffer),
    });
    const { id, mime_type, sha256 } = (await answer.json()) as { id: string; mime_type: string; sha256: string };
    await this.sends({ type: kind, [kind]: { id, mime_type, sha256, ...(kind === "document" && { filename: file.name }), ...more } });
  }

  /** Somebody gets this customer's thread: `app` or a role of Meta's. Quietly: nobody is told. */
  async isAnsweredBy(owner: string, options: { quiet?: boolean; summary?: string } = {}): Promise<void> {
    await control("owners", { from: this.number, owner, ...options });
  }

  /** Whoever has the thread writes to this customer. */
  async hears(text: string): Promise<void> {
    await control("echoes", { to: this.number, message: { type: "text", text: { body: text } } });
  }

  async hasRead(wamid: string): Promise<void> {
    for (const status of ["delivered", "read"]) await control("statuses", { wamid, status });
  }

  async received(): Promise<SentMessage[]> {
    const all = await json<SentMessage[]>(`${cluster().simulator.url}/_control/sent`);
    return all.filter(({ body }) => body.to === this.number && body.type !== undefined);
  }

  /** The next requests that send something to this customer are answered with this error. */
  async refuses(error: { code: number; message: string }, times = 1): Promise<void> {
    await control("rules", { to: this.number, status: 400, error, times });
  }
}

async function control(path: string, body: unknown): Promise<void> {
  await json(`${cluster().simulator.url}/_control/${path}`, { method: "POST", body });
}
