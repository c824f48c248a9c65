import { RestError, type Contact, type Conversation, type Message } from "pytake-client";
import { Store } from "../state/store";
import { client } from "./client";
import type { AccountEvent, CannedResponse, Me, Template, User, WhatsAppNumber } from "./types";

/** Whether the server has refused a request because the user must set up a second factor before anything else. */
export const enrolmentDemanded = new Store(false);

/** Sends a request with the session's token and returns the body; rejects with a RestError in the server's words. */
export async function call<T>(method: string, path: string, body?: unknown, repeatable?: boolean): Promise<T> {
  try {
    return (await client.request<T>(`/api/v1${path}`, { method, body, repeatable })).body;
  } catch (error) {
    if (error instanceof RestError && (error.body as { mfa_enrolment_required?: boolean } | undefined)?.mfa_enrolment_required) enrolmentDemanded.set(true);
    throw error;
  }
}

export const get = <T>(path: string): Promise<T> => call<T>("GET", path);

export const me = () => get<Me>("/auth/me");
export const users = () => get<User[]>("/users");
export const cannedResponses = () => get<CannedResponse[]>("/canned-responses");

export const templates = (numberId: string) =>
  get<Template[]>(`/whatsapp/${numberId}/templates?status=APPROVED`);

export const numbers = {
  list: () => get<WhatsAppNumber[]>("/whatsapp"),
  /** Saving a number, even unchanged, has it send again. */
  resume: (id: string) => call<WhatsAppNumber>("PUT", `/whatsapp/${id}`, {}),
};

export const ACCOUNT_EVENTS_PAGE = 50;

/** A page of the account's events, newest first; `before` is the last one of the page before it. */
export const accountEvents = (before?: string) =>
  get<AccountEvent[]>(`/whatsapp/events?limit=${ACCOUNT_EVENTS_PAGE}${before ? `&before=${before}` : ""}`);

/** What agents do with a conversation; each returns the conversation as it is afterwards. */
export const conversations = {
  get: (id: string) => get<Conversation>(`/conversations/${id}`),
  /** Refused with 409 where the conversation is with somebody else than expected. */
  assign: (id: string, agentId: string | null, expected: string | null) =>
    act(id, "assign", { agent_id: agentId, expected_agent_id: expected }),
  transfer: (id: string, agentId: string, note: string) => act(id, "transfer", { agent_id: agentId, ...(note && { note }) }),
  close: (id: string, reason: string, resolved: boolean) => act(id, "close", { ...(reason && { reason }), resolved }),
  reopen: (id: string) => act(id, "reopen"),
  takeControl: (id: string) => act(id, "control/take"),
  releaseControl: (id: string) => act(id, "control/release"),
  read: (id: string, upToSeq: number) => act(id, "read", { up_to_seq: upToSeq }),
  /** Makes the customer's last message unread again. */
  unread: (id: string) => act(id, "unread"),
  pull: () => call<Conversation>("POST", "/queue/pull"),
};

export const messages = {
  get: (id: string) => get<Message>(`/messages/${id}`),
  retry: (conversationId: string, id: string) =>
    call<Message>("POST", `/conversations/${conversationId}/messages/${id}/retry`),
  /** May be sent twice, because the server makes one message for a `client_message_id`. */
  send: (conversationId: string, message: { client_message_id: string; [field: string]: unknown }) =>
    call<Message>("POST", `/conversations/${conversationId}/messages`, message, true),
  /** Has the server fetch the message's file from WhatsApp again. */
  retryMedia: (id: string) => call<Message>("POST", `/messages/${id}/media/retry`),
  note: (conversationId: string, note: object) => call<Message>("POST", `/conversations/${conversationId}/notes`, note),
};

export const contacts = {
  change: (id: string, change: { name?: string; tags?: string[] }) => call<Contact>("PUT", `/contacts/${id}`, change),
};

function act(id: string, action: string, body?: object): Promise<Conversation> {
  return call<Conversation>("POST", `/conversations/${id}/${action}`, body);
}
