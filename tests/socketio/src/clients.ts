import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";

/** The events of a conversation's stream. */
const STREAM = ["message:new", "message:status", "message:updated"];
const LIST = ["conversation:updated", "conversation:removed", "conversation:counts"];
const OTHERS = ["connected", "joined_conversation", "left_conversation", "user_typing", "pong", "error", "resync", "presence:snapshot"];

export type Received = [name: string, payload: Record<string, unknown>];

/** The events that a client of any kind received, in order. */
export class EventLog {
  readonly received: Received[] = [];
  readonly #watches = new Set<() => void>();

  constructor(
    readonly name: string,
    readonly close: () => void,
  ) {}

  receive(name: string, payload: unknown): void {
    this.received.push([name, payload as Record<string, unknown>]);
    for (const watch of [...this.#watches]) watch();
  }

  all(name: string): Record<string, unknown>[] {
    return this.received.filter(([event]) => event === name).map(([, payload]) => payload);
  }

  /** The events of a conversation's stream. */
  streamOf(conversationId: string): Received[] {
    return this.received.filter(([name, payload]) => STREAM.includes(name) && payload.conversation_id === conversationId);
  }

  until(what: string, isSo: () => boolean, limit = 20_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watches.delete(watch);
        reject(new Error(`${this.name}: not within ${limit} ms: ${what}; received ${this.received.map(([name]) => name).join(" ")}`));
      }, limit);
      const watch = () => {
        if (!isSo()) return;
        clearTimeout(timer);
        this.#watches.delete(watch);
        resolve();
      };
      this.#watches.add(watch);
      watch();
    });
  }
}

/** Socket.IO's own client, told to use these options. */
export async function socketIo(name: string, url: string, token: string, options: Partial<ManagerOptions & SocketOptions>) {
  const socket = io(url, { path: "/socket.io", auth: { token }, reconnectionAttempts: 5, forceNew: true, ...options });
  const log = new EventLog(name, () => socket.disconnect());
  for (const event of [...STREAM, ...LIST, ...OTHERS]) socket.on(event, (payload) => log.receive(event, payload));
  socket.on("connect", () => log.receive("connect", {}));
  socket.on("connect_error", (error) => log.receive("connect_error", { message: error.message }));
  socket.on("disconnect", (reason) => log.receive("disconnect", { reason }));
  await log.until("an answer to CONNECT", () => log.received.length > 0);
  return { socket, log };
}

/** Emits and waits for the acknowledgement. */
export function ask(socket: Socket, name: string, payload?: unknown): Promise<any> {
  return payload === undefined ? socket.timeout(10_000).emitWithAck(name) : socket.timeout(10_000).emitWithAck(name, payload);
}

export async function signalR(name: string, url: string, token: string, conversationId: string): Promise<EventLog> {
  const hub = new HubConnectionBuilder()
    .withUrl(`${url}/hubs/chat`, { accessTokenFactory: () => token, transport: HttpTransportType.WebSockets, skipNegotiation: true })
    .configureLogging(LogLevel.None)
    .build();
  const log = new EventLog(name, () => void hub.stop());
  for (const event of [...STREAM, ...LIST, ...OTHERS]) hub.on(event, (payload) => log.receive(event, payload));
  await hub.start();
  await hub.invoke("join_conversation", { conversation_id: conversationId });
  return log;
}

export async function python(name: string, url: string, transport: "polling" | "websocket", token: string, conversationId: string): Promise<EventLog> {
  const script = fileURLToPath(new URL("client.py", import.meta.url));
  const child = spawn("/usr/bin/python3", [script, url, transport, token, conversationId], { stdio: ["pipe", "pipe", "inherit"] });
  const log = new EventLog(name, () => child.stdin.end());
  createInterface({ input: child.stdout }).on("line", (line) => log.receive(...(JSON.parse(line) as Received)));
  await log.until("the acknowledgement", () => log.all("acknowledged").length > 0);
  return log;
}
