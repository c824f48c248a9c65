import { EVENT_KINDS, type Customer, type Hello, type MetaMessage, type PhoneEvent } from "./events";
import type { PhoneAction } from "./phoneState";
import { NORMAL_MS, SLOW_MS, type TickMode } from "./ticks";

/** A customer's file as the simulator keeps it. */
export interface Upload {
  id: string;
  mime_type: string;
  sha256: string;
}

/**
 * Follows the simulator's events; returns a function that stops. The browser reconnects by itself, and names the last
 * event.
 */
export function follow(dispatch: (action: PhoneAction) => void, connected: (isConnected: boolean) => void): () => void {
  const source = new EventSource("./_control/events");
  const read = (event: Event) => JSON.parse((event as MessageEvent<string>).data) as unknown;
  source.addEventListener("hello", (event) => dispatch({ kind: "hello", hello: read(event) as Hello }));
  for (const kind of EVENT_KINDS)
    source.addEventListener(kind, (event) => dispatch({ kind: "happened", event: read(event) as PhoneEvent }));
  source.onopen = () => connected(true);
  source.onerror = () => connected(false);
  return () => source.close();
}

/** Sends a customer's message. */
export async function write(customer: Customer, message: MetaMessage): Promise<void> {
  const { wa_id, user_id, name } = customer;
  await post("inbound", {
    message,
    ...(wa_id !== null && { from: wa_id }),
    ...(user_id !== null && { user_id }),
    ...(name && { name }),
  });
}

export async function upload(file: Blob): Promise<Upload> {
  return (await ask("media", { method: "POST", body: file, headers: { "Content-Type": file.type } })) as Upload;
}

export const addressOf = (mediaId: string): string => `./_control/media/${mediaId}`;

export async function setTicks(mode: TickMode): Promise<void> {
  await ask("rules", { method: "DELETE" });
  if (mode === "failing") await post("rules", { status: 400, error: { code: 131026 } });
  await post("settings", { auto_statuses: mode !== "silent", status_delay_ms: mode === "slow" ? SLOW_MS : NORMAL_MS });
}

function post(path: string, body: object): Promise<unknown> {
  return ask(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
}

async function ask(path: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(`./_control/${path}`, init);
  const answer = (await response.json()) as { errors?: Record<string, string[]> };
  if (!response.ok) throw new Error(Object.values(answer.errors ?? {}).flat().join("; ") || `HTTP ${response.status}`);
  return answer;
}
