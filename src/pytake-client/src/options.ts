import type { HubFactory, Transport } from "./connection/hub.js";
import type { Fetch } from "./session/http.js";
import type { TokenSource, TokenStorage } from "./session/tokens.js";

export interface SocketClientOptions {
  /** Where PyTake is, like `https://pytake.example`, without the final slash. Default: the page's own origin. */
  baseUrl?: string;
  /** Default `websockets`. */
  transport?: Transport;
  /** How to get new access tokens: a function of yours, or the refresh token for this client to keep and rotate. */
  tokens?: TokenSource | { refreshToken?: string; storage?: TokenStorage };
  /** For tests: these replace SignalR, the network, and the randomness of delays. */
  createHub?: HubFactory;
  fetch?: Fetch;
  random?: () => number;
}

/**
 * - `closed`: nothing happens until `connect`. Reasons: `not_started`, `disconnected`, `session_ended`.
 * - `connecting`: the first connection is being made; there is no limit to the attempts.
 * - `live`: connected, and everything that is known to have happened was handed out.
 * - `catching_up`: connected, and asking for what was missed. Reasons: `reconnected`, `resync`, `woke`,
 *   `missed_events`.
 * - `reconnecting`: there is no limit to the attempts. Reasons: `connection_lost`, `server_closed`, `unresponsive`,
 *   `token_refused`. A node that drains does not lead here: the next connection is made before the old one ends.
 */
export interface ConnectionState {
  status: "closed" | "connecting" | "live" | "catching_up" | "reconnecting";
  reason: string;
  /** The node that this client is connected to, while it is. */
  node?: string | undefined;
}

/** An error that belongs to no call: the server's `error` events, lost rooms, callbacks that threw. */
export interface ClientError {
  message: string;
  code?: string | number | undefined;
  cause?: unknown;
}
