import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";

/** The part of SignalR's HubConnection that is used here, so that tests can replace it. */
export interface Hub {
  start(): Promise<void>;
  stop(): Promise<void>;
  invoke<T>(method: string, ...parameters: unknown[]): Promise<T>;
  on(event: string, handler: (payload: never) => void): void;
  onclose(handler: (error?: Error) => void): void;
}

export interface HubOptions {
  url: string;
  token: () => string;
  transport: Transport;
}

/**
 * `websockets` connects in one step to any node. `negotiate` lets SignalR fall back to Server-Sent Events and long
 * polling, for networks that break WebSockets, and needs a proxy that keeps a client on one node.
 */
export type Transport = "websockets" | "negotiate";

export type HubFactory = (options: HubOptions) => Hub;

/**
 * The server sends a ping every 3 to 4 s. When this long passes without one, the node hangs or the network is broken.
 */
const SERVER_TIMEOUT_MS = 7_000;

/** Makes a SignalR connection that does not reconnect by itself: Connection does that. */
export const signalR: HubFactory = ({ url, token, transport }) =>
  new HubConnectionBuilder()
    .withUrl(url, {
      accessTokenFactory: token,
      ...(transport === "websockets" ? { transport: HttpTransportType.WebSockets, skipNegotiation: true } : {}),
    })
    .withServerTimeout(SERVER_TIMEOUT_MS)
    .configureLogging(LogLevel.None)
    .build();

/** The server's own words where it refused a call; undefined where the call failed otherwise. */
export function refusal(error: unknown): string | undefined {
  return /HubException: ([^]*)$/.exec((error as Error | undefined)?.message ?? "")?.[1];
}

/** Whether the connection ended because nothing arrived for too long, not even a ping. */
export function isSilence(error: Error): boolean {
  return error.message.startsWith("Server timeout elapsed");
}
