import { Store } from "../../state/store";
import { readEvents } from "./eventStream";
import { EMPTY_OPERATIONS, reduceOperations } from "./operationsState";
import type { Snapshot } from "./snapshot";

const LONGEST_PAUSE_MS = 10_000;

/** A stream that is silent for this long is broken, even where the network reports no error. */
const SILENCE_MS = 15_000;

export type FeedStatus = "connecting" | "live" | "reconnecting" | "forbidden";

interface FeedOptions {
  /** A valid access token; rejects when there is none. */
  token: () => Promise<string>;
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  random?: () => number;
}

/** The live stream of operations, from `start` to `stop`. It reconnects with a fresh token until access is denied. */
export class OperationsFeed {
  readonly state = new Store(EMPTY_OPERATIONS);
  readonly status = new Store<FeedStatus>("connecting");
  readonly #options: FeedOptions;
  #stopped = new AbortController();

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = new AbortController();
    void this.#run(this.#stopped.signal);
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #run(stopped: AbortSignal): Promise<void> {
    for (let failures = 0; !stopped.aborted; failures++) {
      try {
        const received = await this.#follow(stopped);
        if (received) failures = -1;
      } catch {
        // The status says that the stream is reconnecting.
      }
      if (stopped.aborted || this.status.value === "forbidden") return;
      this.status.set("reconnecting");
      await pause(this.#pauseAfter(failures), stopped);
    }
  }

  /** Returns whether a snapshot arrived before the stream ended. */
  async #follow(stopped: AbortSignal): Promise<boolean> {
    const { token, fetch = (url, init) => globalThis.fetch(url, init) } = this.#options;
    const broken = new AbortController();
    const abort = () => broken.abort();
    stopped.addEventListener("abort", abort);
    let silence = setTimeout(abort, SILENCE_MS);
    let received = false;
    try {
      const headers = { Authorization: `Bearer ${await token()}`, Accept: "text/event-stream" };
      const response = await fetch("/api/v1/ops/live", { headers, signal: broken.signal, cache: "no-store" });
      if (response.status === 403) this.status.set("forbidden");
      if (!response.ok || !response.body) return false;
      for await (const { name, data } of readEvents(response.body)) {
        clearTimeout(silence);
        silence = setTimeout(abort, SILENCE_MS);
        if (name !== "snapshot") continue;
        received = true;
        this.state.update((state) => reduceOperations(state, JSON.parse(data) as Snapshot));
        this.status.set("live");
      }
      return received;
    } catch (error) {
      if (received) return true;
      throw error;
    } finally {
      clearTimeout(silence);
      stopped.removeEventListener("abort", abort);
    }
  }

  #pauseAfter(failures: number): number {
    const { random = Math.random } = this.#options;
    return Math.min(LONGEST_PAUSE_MS, 500 * 2 ** Math.max(0, failures)) * (0.5 + random() / 2);
  }
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stopped.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stopped.addEventListener("abort", done);
  });
}
