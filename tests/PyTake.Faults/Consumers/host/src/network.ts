import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { Fetch } from "pytake-client";

/** In whose network something happens. */
const within = new AsyncLocalStorage<Network>();

subscribe("net.client.socket", (message) => within.getStore()?.carry((message as { socket: Socket }).socket));
globalThis.addEventListener = (type: string, listener: EventListenerOrEventListenerObject | null) =>
  within.getStore()?.events.addEventListener(type, listener);

/**
 * One consumer's way to the server, which can be cut: what happens in `run`, and all that comes of it, has WebSockets of its own
 * and hears of its own network when that is back, as in a browser. Requests share Node.js's connections.
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

  /** Drops everything that is under way, without a word to either side; nothing new gets through for so long. */
  async cut(ms: number): Promise<void> {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
    await setTimeout(ms);
    this.#isCut = false;
    this.run(() => this.events.dispatchEvent(new Event("online")));
  }
}
