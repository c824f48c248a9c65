import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { Fetch } from "pytake-client";

/** The network that the current asynchronous context belongs to. */
const within = new AsyncLocalStorage<Network>();

subscribe("net.client.socket", (message) => within.getStore()?.carry((message as { socket: Socket }).socket));
globalThis.addEventListener = (type: string, listener: EventListenerOrEventListenerObject | null) =>
  within.getStore()?.events.addEventListener(type, listener);

/**
 * One consumer's connection to the server, which can be cut: code started in `run`, with everything asynchronous that follows from it,
 * has its own WebSockets and receives "online" when its own network is back, as in a browser. Requests share Node.js's connections.
 */
export class Network {
  readonly events = new EventTarget();
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  run<T>(work: () => T): T {
    return within.run(this, work);
  }

  readonly fetch: Fetch = (url, init) =>
    this.#isCut ? Promise.reject(new TypeError("There is no network")) : within.exit(() => fetch(url, init));

  carry(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    if (this.#isCut) socket.destroy();
  }

  /** Drops all connections without a close handshake; nothing gets through for this long. */
  async cut(ms: number): Promise<void> {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
    await setTimeout(ms);
    this.#isCut = false;
    this.run(() => this.events.dispatchEvent(new Event("online")));
  }
}
