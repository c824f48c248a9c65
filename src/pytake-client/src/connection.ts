import { backoff } from "./backoff.js";
import { Deferred } from "./deferred.js";
import { HubMethod } from "./events.js";
import type { Hub } from "./hub.js";
import { Wakefulness } from "./wakefulness.js";

/** A connection that lived this long was a good one: the next loss starts with short delays again. */
const STABLE_MS = 5_000;

/** How long a first attempt may take; later ones get more, for networks that are slow rather than broken. */
const ATTEMPT_MS = { first: 5_000, most: 30_000 };

/** How long the server may take to answer when we look whether it is still there. */
const PING_MS = 3_000;

export interface ConnectionOptions {
  /** Gives a hub that is ready to start, with its handlers in place; may reject. */
  prepare: () => Promise<Hub>;
  /** It is connected, and the server has let it in. */
  up: (hub: Hub) => void;
  /** It was connected and is no longer. */
  down: (reason: string) => void;
  /** An attempt failed, the n-th trouble in a row. Resolves to true when waiting is pointless: the cause is removed. */
  failed: (failures: number) => Promise<boolean>;
  /** We may have slept through something, but the connection is alive. */
  woke: () => void;
  random: () => number;
}

/**
 * Keeps one hub connected until it is stopped. SignalR's own reconnecting gives up in the end, has no jitter, cannot be
 * woken, and hangs on a connection attempt that gets no answer, so the loop is here and each attempt uses a new hub.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #wakefulness = new Wakefulness(() => this.#nudge());
  #hub: Hub | undefined;
  #opening: Opening | undefined;
  #lost: Deferred<Loss> | undefined;
  #waiting: { over: () => void } | undefined;
  #draining: ReturnType<typeof setTimeout> | undefined;
  #checking = false;
  #failures = 0;
  #stopped = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** The connected hub. */
  get hub(): Hub | undefined {
    return this.#hub;
  }

  /**
   * Whether events of this hub count: one that was given up may go on talking for a while, and one that is not let in
   * yet hears some things and misses others.
   */
  owns(hub: Hub): boolean {
    return hub === this.#hub || (hub === this.#opening?.hub && this.#opening.isLetIn);
  }

  /**
   * The server has let this hub in, by its `connected` event. SignalR's start is over before that: whoever asked what
   * was missed in between would miss what happens until the server has put the connection into its rooms.
   */
  letIn(hub: Hub): void {
    if (this.#opening?.hub !== hub) return;
    this.#opening.isLetIn = true;
    this.#opening.entered.resolve();
  }

  start(): void {
    this.#wakefulness.start();
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#wakefulness.stop();
    this.#waiting?.over();
    this.drop("stopped");
    const opening = this.#opening?.hub;
    this.#opening = undefined;
    if (opening) discard(opening);
  }

  /** Gives the connection up and makes another. */
  drop(reason: string, atOnce = false): void {
    this.#lost?.resolve({ reason, atOnce });
  }

  /** The node goes away: leave it after that many milliseconds, which the server has chosen to spread its clients. */
  drain(delay: number): void {
    clearTimeout(this.#draining);
    this.#draining = setTimeout(() => this.drop("server_draining", true), delay);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const lost = new Deferred<Loss>();
      const hub = await this.#open(lost);
      if (this.#stopped) {
        if (hub) discard(hub);
        return;
      }
      await this.#wait(hub ? await this.#live(hub, lost) : this.#missed());
    }
  }

  async #open(lost: Deferred<Loss>): Promise<Hub | undefined> {
    let hub: Hub | undefined;
    try {
      hub = await this.#options.prepare();
      if (this.#stopped) return hub;
      const entered = new Deferred<void>();
      this.#opening = { hub, entered, isLetIn: false };
      hub.onclose((error) => {
        lost.resolve({ reason: error ? "connection_lost" : "server_closed", atOnce: false });
        entered.reject(error ?? new Error("Closed before it was let in"));
      });
      await within(Promise.all([hub.start(), entered.promise]), this.#patience());
      return hub;
    } catch {
      this.#opening = undefined;
      if (hub) discard(hub);
      return undefined;
    }
  }

  /** Resolves when the hub is lost, with how long to wait before the next attempt. */
  async #live(hub: Hub, lost: Deferred<Loss>): Promise<number> {
    const since = Date.now();
    this.#hub = hub;
    this.#opening = undefined;
    this.#lost = lost;
    this.#options.up(hub);
    const loss = await lost.promise;
    this.#hub = this.#lost = undefined;
    clearTimeout(this.#draining);
    discard(hub);
    if (Date.now() - since >= STABLE_MS) this.#failures = 0;
    if (!this.#stopped) this.#options.down(loss.reason);
    return loss.atOnce ? 0 : this.#delay();
  }

  #missed(): number {
    void this.#options.failed(this.#failures + 1).then((remedied) => {
      if (remedied) this.#waiting?.over();
    });
    return this.#delay();
  }

  #delay(): number {
    return backoff(this.#failures++, this.#options.random);
  }

  #patience(): number {
    return Math.min(ATTEMPT_MS.most, ATTEMPT_MS.first * 2 ** Math.max(0, this.#failures - 1));
  }

  #wait(delay: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer);
        this.#waiting = undefined;
        resolve();
      };
      const timer = setTimeout(over, delay);
      this.#waiting = { over };
    });
  }

  /** Something happened after which a connection is likely to be dead, or likely to succeed. */
  #nudge(): void {
    this.#failures = 0;
    this.#waiting?.over();
    if (this.#hub && !this.#checking) void this.#check(this.#hub);
  }

  async #check(hub: Hub): Promise<void> {
    this.#checking = true;
    try {
      await within(hub.invoke(HubMethod.Ping), PING_MS);
      if (this.#hub === hub) this.#options.woke();
    } catch {
      if (this.#hub === hub) this.drop("unresponsive", true);
    } finally {
      this.#checking = false;
    }
  }
}

/** A hub on its way: connecting, or connected and waiting to be let in. */
interface Opening {
  readonly hub: Hub;
  readonly entered: Deferred<void>;
  isLetIn: boolean;
}

interface Loss {
  reason: string;
  atOnce: boolean;
}

/** Lets go of a hub without waiting: stopping one that is still connecting takes as long as connecting does. */
function discard(hub: Hub): void {
  hub.stop().catch(() => {});
}

async function within<T>(work: Promise<T>, limit: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${limit} ms`)), limit);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
