import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";

/** The events of a conversation's stream. */
const STREAM = ["message:new", "message:status", "message:updated"];
const OTHERS = ["connected", "joined_conversation", "left_conversation", "user_typing", "pong", "error", "resync", "presence:snapshot"];

export type Heard = [name: string, payload: Record<string, unknown>];

/** A client of any kind: what it heard, in the order it came. */
export class Ear {
  readonly heard: Heard[] = [];
  readonly #watches = new Set<() => void>();

  constructor(
    readonly name: string,
    readonly close: () => void,
  ) {}

  hear(name: string, payload: unknown): void {
    this.heard.push([name, payload as Record<string, unknown>]);
    for (const watch of [...this.#watches]) watch();
  }

  all(name: string): Record<string, unknown>[] {
    return this.heard.filter(([event]) => event === name).map(([, payload]) => payload);
  }

  /** What it heard of a conversation's stream. */
  streamOf(conversationId: string): Heard[] {
    return this.heard.filter(([name, payload]) => STREAM.includes(name) && payload.conversation_id === conversationId);
  }

  until(what: string, isSo: () => boolean, limit = 20_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watches.delete(watch);
        reject(new Error(`${this.name}: not within ${limit} ms: ${what}; heard ${this.heard.map(([name]) => name).join(" ")}`));
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
  const ear = new Ear(name, () => socket.disconnect());
  for (const event of [...STREAM, ...OTHERS]) socket.on(event, (payload) => ear.hear(event, payload));
  socket.on("connect", () => ear.hear("connect", {}));
  socket.on("connect_error", (error) => ear.hear("connect_error", { message: error.message }));
  socket.on("disconnect", (reason) => ear.hear("disconnect", { reason }));
  await ear.until("an answer to CONNECT", () => ear.heard.length > 0);
  return { socket, ear };
}

/** Emits and waits for the acknowledgement. */
export function ask(socket: Socket, name: string, payload?: unknown): Promise<any> {
  return payload === undefined ? socket.timeout(10_000).emitWithAck(name) : socket.timeout(10_000).emitWithAck(name, payload);
}

export async function signalR(name: string, url: string, token: string, conversationId: string): Promise<Ear> {
  const hub = new HubConnectionBuilder()
    .withUrl(`${url}/hubs/chat`, { accessTokenFactory: () => token, transport: HttpTransportType.WebSockets, skipNegotiation: true })
    .configureLogging(LogLevel.None)
    .build();
  const ear = new Ear(name, () => void hub.stop());
  for (const event of [...STREAM, ...OTHERS]) hub.on(event, (payload) => ear.hear(event, payload));
  await hub.start();
  await hub.invoke("join_conversation", { conversation_id: conversationId });
  return ear;
}

export async function python(name: string, url: string, transport: "polling" | "websocket", token: string, conversationId: string): Promise<Ear> {
  const script = fileURLToPath(new URL("client.py", import.meta.url));
  const child = spawn("/usr/bin/python3", [script, url, transport, token, conversationId], { stdio: ["pipe", "pipe", "inherit"] });
  const ear = new Ear(name, () => child.stdin.end());
  createInterface({ input: child.stdout }).on("line", (line) => ear.hear(...(JSON.parse(line) as Heard)));
  await ear.until("the acknowledgement", () => ear.all("acknowledged").length > 0);
  return ear;
}
