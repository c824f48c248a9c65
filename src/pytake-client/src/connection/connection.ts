import { backoff } from "../backoff.js";
import { Deferred } from "../deferred.js";
import { HubMethod } from "../events.js";
import { hedged } from "../hedge.js";
import { isSilence, type Hub } from "./hub.js";
import { Wakefulness } from "./wakefulness.js";

/**
 * One earlier failure is forgotten for each of these periods that a connection lasts. So a network that drops now and
 * then leads to short delays, and a server that accepts connections only to lose them at once leads to ever longer
 * ones.
 */
const FORGET_FAILURE_MS = 1_000;

/**
 * The timeout of a first attempt; later ones get more time, for networks that are slow rather than broken. When the
 * network comes back, an attempt that is older than `stale` is replaced by a new one: what was sent into a dead network
 * may not be sent again for many seconds.
 */
const ATTEMPT_MS = { first: 5_000, most: 15_000, stale: 1_000 };

/**
 * After a silence the node probably hangs, and an attempt that happens to reach it gets no answer either, so more are
 * made beside it.
 */
const AFTER_SILENCE = { pauseMs: 1_000, most: 5 };

/** The timeout of a ping that checks whether the connection is alive. */
const PING_MS = 3_000;

export interface ConnectionOptions {
  /** Makes a hub that is ready to start, with its handlers in place; may reject. */
  prepare: () => Promise<Hub>;
  /** It is connected, and the server has welcomed it. */
  up: (hub: Hub) => void;
  /** It was connected and is no longer. */
  down: (reason: string) => void;
  /**
   * An attempt failed, the n-th failure in a row. Resolves to true where the cause is removed, so that there is no need
   * to wait.
   */
  failed: (failures: number) => Promise<boolean>;
  /** The machine or the page may have slept, but the connection is alive. */
  woke: () => void;
  random: () => number;
}

/**
 * Keeps one hub connected until it is stopped. SignalR's own reconnecting gives up in the end, has no jitter, cannot be
 * triggered, and hangs on an attempt that gets no answer, so the loop is here and each attempt uses a new hub.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #wakefulness = new Wakefulness(() => this.#nudge());
  #hub: Hub | undefined;
  readonly #openings = new Set<Opening>();
  #lost: Deferred<Loss> | undefined;
  #waiting: Waiting | undefined;
  #leaving: { timer: ReturnType<typeof setTimeout>; at: number } | undefined;
  #moving: Promise<Opening | undefined> | undefined;
  #checking = false;
  #failures = 0;
  #wasSilent = false;
  #stopped = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** The connected hub. */
  get hub(): Hub | undefined {
    return this.#hub;
  }

  /**
   * Whether events of this hub count: one that was given up may still receive some, and one that is not welcomed yet
   * receives some and misses others.
   */
  owns(hub: Hub): boolean {
    return hub === this.#hub || this.#openingOf(hub)?.isWelcomed === true;
  }

  /**
   * The server's `connected` event has arrived on this hub. SignalR's `start` resolves earlier, before the server has
   * put the connection into its groups: a catch-up in between would miss what is published until then.
   */
  welcomed(hub: Hub): void {
    const opening = this.#openingOf(hub);
    if (!opening) return;
    opening.isWelcomed = true;
    opening.welcome.resolve();
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
    for (const { welcome } of this.#openings) welcome.reject(new Error("Stopped"));
  }

  /** Gives up the connection and makes another. */
  drop(reason: string, atOnce = false): void {
    this.#lost?.resolve({ reason, atOnce });
  }

  /**
   * The node drains, or has too many clients: move to another after this many milliseconds, which the server has chosen
   * to spread its clients. Ignored for a hub that was replaced already.
   */
  moveAway(hub: Hub, delay: number): void {
    const at = Date.now() + delay;
    if (hub !== this.#hub || (this.#leaving && this.#leaving.at <= at)) return;
    clearTimeout(this.#leaving?.timer);
    this.#leaving = { timer: setTimeout(() => void this.#move(hub), delay), at };
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      let opened = await this.#next();
      if (!opened) {
        await this.#wait(this.#attemptFailed());
        continue;
      }
      let loss: Loss;
      do {
        loss = await this.#live(opened);
        opened = loss.successor;
      } while (opened);
      await this.#wait(this.#moving || loss.atOnce ? 0 : this.#delay());
    }
    const unused = await this.#moving;
    if (unused) this.#discard(unused);
  }

  /** Where the old hub was lost during a move, the new one is the next. */
  #next(): Promise<Opening | undefined> {
    const moving = this.#moving;
    this.#moving = undefined;
    return moving ?? this.#open();
  }

  /** Makes the new connection before it gives up the old one, so that there is hardly a moment without events. */
  async #move(from: Hub): Promise<void> {
    while (this.#hub === from) {
      this.#moving = this.#open();
      const successor = await this.#moving;
      if (this.#hub !== from) return;
      if (successor) return this.#lost?.resolve({ reason: "server_draining", atOnce: true, successor });
      this.#moving = undefined;
      await this.#wait(this.#delay());
    }
  }

  async #open(): Promise<Opening | undefined> {
    try {
      if (!this.#wasSilent) return await this.#attempt();
      return await hedged((over) => this.#attempt(over), { ...AFTER_SILENCE, late: (opening) => this.#discard(opening) });
    } catch {
      return undefined;
    }
  }

  /** Rejects when the attempt is over before the server has welcomed the hub. */
  async #attempt(over?: AbortSignal): Promise<Opening> {
    const hub = await this.#options.prepare();
    const opening: Opening = { hub, lost: new Deferred(), welcome: new Deferred(), since: Date.now(), isWelcomed: false };
    hub.onclose((error) => {
      opening.lost.resolve({ reason: !error ? "server_closed" : isSilence(error) ? "unresponsive" : "connection_lost", atOnce: false });
      opening.welcome.reject(error ?? new Error("Closed before it was welcomed"));
    });
    over?.addEventListener("abort", () => opening.welcome.reject(new Error("Another attempt was faster")));
    this.#openings.add(opening);
    try {
      if (!this.#stopped && !over?.aborted) await within(Promise.all([hub.start(), opening.welcome.promise]), this.#timeout());
      if (this.#stopped || over?.aborted) throw new Error("The hub is not needed any more");
      return opening;
    } catch (error) {
      this.#discard(opening);
      throw error;
    }
  }

  #discard(opening: Opening): void {
    this.#openings.delete(opening);
    discard(opening.hub);
  }

  #openingOf(hub: Hub): Opening | undefined {
    return [...this.#openings].find((opening) => opening.hub === hub);
  }

  /** Resolves when the hub is lost, or another is there to take its place. */
  async #live(opening: Opening): Promise<Loss> {
    const { hub, lost } = opening;
    if (this.#stopped) {
      this.#discard(opening);
      return { reason: "stopped", atOnce: true };
    }
    const since = Date.now();
    this.#hub = hub;
    this.#lost = lost;
    this.#openings.delete(opening);
    this.#options.up(hub);
    const loss = await lost.promise;
    this.#hub = loss.successor?.hub;
    this.#lost = loss.successor?.lost;
    if (loss.successor) this.#moving = undefined;
    clearTimeout(this.#leaving?.timer);
    this.#leaving = undefined;
    // Ends the pause of a move that is between two attempts.
    this.#waiting?.over();
    discard(hub);
    this.#failures = Math.max(0, this.#failures - Math.floor((Date.now() - since) / FORGET_FAILURE_MS));
    this.#wasSilent = loss.reason === "unresponsive";
    if (!this.#stopped && !loss.successor) this.#options.down(loss.reason);
    return loss;
  }

  /** Gives the delay before the next attempt. */
  #attemptFailed(): number {
    void this.#options.failed(this.#failures + 1).then((remedied) => {
      if (remedied) this.#waiting?.over();
    });
    return this.#delay();
  }

  #delay(): number {
    return backoff(this.#failures++, this.#options.random);
  }

  #timeout(): number {
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
      const ends = Date.now() + delay;
      let timer = setTimeout(over, delay);
      const within = (most: number) => {
        if (ends - Date.now() <= most) return;
        clearTimeout(timer);
        timer = setTimeout(over, most);
      };
      this.#waiting = { over, within };
    });
  }

  /**
   * Something happened after which the connection is probably dead, or the next attempt will probably succeed. It may
   * have happened to a whole office at once, so even now there is a random delay.
   */
  #nudge(): void {
    this.#failures = 0;
    this.#waiting?.within(backoff(0, this.#options.random));
    for (const { since, welcome } of this.#openings) {
      if (Date.now() - since > ATTEMPT_MS.stale) welcome.reject(new Error("The network has changed"));
    }
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

/** A hub that is not in use yet: it is connecting, waiting for the server's welcome, or welcomed. */
interface Opening {
  readonly hub: Hub;
  /** Resolved when its connection has ended. */
  readonly lost: Deferred<Loss>;
  /** Resolved by the server's `connected` event. */
  readonly welcome: Deferred<void>;
  readonly since: number;
  isWelcomed: boolean;
}

/** A pause that may end sooner. */
interface Waiting {
  over: () => void;
  /** Ends it after this many milliseconds at the latest. */
  within: (most: number) => void;
}

interface Loss {
  reason: string;
  atOnce: boolean;
  /** The hub that takes its place, where it is connected already. */
  successor?: Opening;
}

/** Stops a hub without waiting for it: stopping one that is still connecting takes as long as connecting does. */
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
