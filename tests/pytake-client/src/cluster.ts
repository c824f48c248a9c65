import { createHmac, randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Conversation, Message } from "pytake-client";

/** The file that `infra/up` writes, as far as it is needed here. */
interface Cluster {
  base_url: string;
  nodes: { name: string; url: string; pid: number }[];
  simulator: { url: string };
  whatsapp: { phone_number_id: string; display_phone_number: string; app_secret: string };
}

export interface Login {
  access_token: string;
  refresh_token: string;
  user: { id: string; full_name: string };
}

/** The file that `infra/up` writes; the default is relative to this package's folder. */
const file = process.env.PYTAKE_CLUSTER ?? "../../.run/cluster.json";

export const cluster = JSON.parse(readFileSync(file, "utf8")) as Cluster;

export const AGENT = { email: "agent@pytake.com", password: "Agent123" };
export const ADMIN = { email: "admin@pytake.com", password: "Admin123" };

export async function logIn(account: { email: string; password: string }): Promise<Login> {
  const { body } = await call<Login>("/api/v1/auth/login", { method: "POST", body: account });
  return body;
}

interface CallOptions {
  method?: string;
  token?: string;
  body?: unknown;
}

/** A REST call through nginx; throws unless the answer is 2xx. */
export async function call<T>(path: string, { method = "GET", token, body }: CallOptions = {}) {
  const response = await fetch(cluster.base_url + path, {
    method,
    headers: {
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...(body ? { "Content-Type": "application/json" } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return { body: JSON.parse(text) as T, headers: response.headers };
}

/** All messages of a conversation in the database, in the order of their last changes. */
export async function allMessages(token: string, conversationId: string): Promise<Message[]> {
  const messages: Message[] = [];
  for (let after = 0; ;) {
    const path = `/api/v1/conversations/${conversationId}/messages?changed_after=${after}&limit=100`;
    const { body } = await call<Message[]>(path, { token });
    messages.push(...body);
    if (body.length < 100) return messages;
    after = body.at(-1)!.seq;
  }
}

export async function conversationOf(token: string, from: string): Promise<Conversation | undefined> {
  const { body } = await call<Conversation[]>("/api/v1/conversations?limit=100", { token });
  return body.find((conversation) => conversation.contact.whatsapp_id === from);
}

let sequence = 0;

/** A customer with a German number, whose form never varies in WhatsApp, unlike that of Brazilian ones. */
export class Customer {
  readonly from = `49151${randomInt(10_000_000, 99_999_999)}`;
  readonly name = `Customer ${this.from}`;
  readonly #clock = Math.floor(Date.now() / 1000);

  text(body: string): Record<string, unknown> {
    return { ...this.#common(), type: "text", text: { body } };
  }

  reaction(wamid: string, emoji: string): Record<string, unknown> {
    return { ...this.#common(), type: "reaction", reaction: { message_id: wamid, emoji } };
  }

  /** Sends all of these messages in one webhook. */
  async writes(...messages: Record<string, unknown>[]): Promise<void> {
    await webhook({ contacts: [{ profile: { name: this.name }, wa_id: this.from }], messages });
  }

  /** Sends the webhook with which WhatsApp reports the status of a message to the customer. */
  async receives(wamid: string, status: "delivered" | "read"): Promise<void> {
    const timestamp = String(Math.floor(Date.now() / 1000));
    await webhook({ statuses: [{ id: wamid, status, timestamp, recipient_id: this.from }] });
  }

  #common() {
    const n = sequence++;
    return { from: this.from, id: `wamid.CLIENT${this.from}${n}`, timestamp: String(this.#clock + Math.floor(n / 50)) };
  }
}

/** Sends a webhook in Meta's envelope (field `messages`), signed over the bytes of its body. */
async function webhook(value: Record<string, unknown>): Promise<void> {
  const { phone_number_id, display_phone_number, app_secret } = cluster.whatsapp;
  const metadata = { display_phone_number, phone_number_id };
  const change = { field: "messages", value: { messaging_product: "whatsapp", metadata, ...value } };
  const body = JSON.stringify({ object: "whatsapp_business_account", entry: [{ id: "990011", changes: [change] }] });
  const signature = createHmac("sha256", app_secret).update(body).digest("hex");
  const response = await fetch(`${cluster.base_url}/api/v1/whatsapp/webhook`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Hub-Signature-256": `sha256=${signature}` },
    body,
  });
  if (response.status !== 200) throw new Error(`Webhook: ${response.status} ${await response.text()}`);
}
