import { backoff } from "./backoff.js";
import { Deferred } from "./deferred.js";
import { HubMethod } from "./events.js";
import { hedged } from "./hedge.js";
import { isSilence, type Hub } from "./hub.js";
import { Wakefulness } from "./wakefulness.js";

/**
 * Each so long that a connection lived pays for one failure before it. So a network that drops now and then always finds
 * short delays, and a server that lets everybody in only to lose them at once finds ever longer ones.
 */
const PAYS_MS = 1_000;

/**
 * How long a first attempt may take; later ones get more, for networks that are slow rather than broken. `news` is how old an
 * attempt is that is given up for a new one when the network has come back: what was sent into a dead one may not be repeated
 * for many seconds.
 */
const ATTEMPT_MS = { first: 5_000, most: 15_000, news: 1_000 };

/**
 * After a silence the node is likely to stand still, and an attempt that comes to it by chance gets no answer either: so others
 * are made beside it.
 */
const AFTER_SILENCE = { pauseMs: 1_000, most: 5 };

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
  readonly #openings = new Set<Opening>();
  #lost: Deferred<Loss> | undefined;
  #waiting: Waiting | undefined;
  #draining: { timer: ReturnType<typeof setTimeout>; at: number } | undefined;
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
   * Whether events of this hub count: one that was given up may go on talking for a while, and one that is not let in
   * yet hears some things and misses others.
   */
  owns(hub: Hub): boolean {
    return hub === this.#hub || this.#openingOf(hub)?.isLetIn === true;
  }

  /**
   * The server has let this hub in, by its `connected` event. SignalR's start is over before that: whoever asked what
   * was missed in between would miss what happens until the server has put the connection into its rooms.
   */
  letIn(hub: Hub): void {
    const opening = this.#openingOf(hub);
    if (!opening) return;
    opening.isLetIn = true;
    opening.entered.resolve();
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
    for (const { entered } of this.#openings) entered.reject(new Error("Stopped"));
  }

  /** Gives the connection up and makes another. */
  drop(reason: string, atOnce = false): void {
    this.#lost?.resolve({ reason, atOnce });
  }

  /**
   * The node goes away, or has too many clients: move to another after that many milliseconds, which the server has chosen to
   * spread them. What a hub says that was given up is not for the one that replaced it.
   */
  drain(hub: Hub, delay: number): void {
    const at = Date.now() + delay;
    if (hub !== this.#hub || (this.#draining && this.#draining.at <= at)) return;
    clearTimeout(this.#draining?.timer);
    this.#draining = { timer: setTimeout(() => void this.#move(hub), delay), at };
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      let opened = await this.#next();
      if (!opened) {
        await this.#wait(this.#missed());
        continue;
      }
      let loss: Loss;
      do {
        loss = await this.#live(opened);
        opened = loss.successor;
      } while (opened);
      await this.#wait(this.#moving || loss.atOnce ? 0 : this.#delay());
    }
  }

  /** Where a move was under way when its old hub was lost, its new one is the next. */
  #next(): Promise<Opening | undefined> {
    const moving = this.#moving;
    this.#moving = undefined;
    return moving ?? this.#open();
  }

  /** Makes the new connection first: until it has let us in, the old one goes on, so that there is hardly any silence. */
  async #move(from: Hub): Promise<void> {
    while (this.#hub === from) {
      this.#moving = this.#open();
      const successor = await this.#moving;
      if (this.#hub !== from) return;
      this.#moving = undefined;
      if (successor) this.#lost?.resolve({ reason: "server_draining", atOnce: true, successor });
      else await this.#wait(this.#delay());
      if (successor) return;
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

  /** Rejects when it is over before the server has let us in. */
  async #attempt(over?: AbortSignal): Promise<Opening> {
    const hub = await this.#options.prepare();
    const opening: Opening = { hub, lost: new Deferred(), entered: new Deferred(), since: Date.now(), isLetIn: false };
    hub.onclose((error) => {
      opening.lost.resolve({ reason: !error ? "server_closed" : isSilence(error) ? "unresponsive" : "connection_lost", atOnce: false });
      opening.entered.reject(error ?? new Error("Closed before it was let in"));
    });
    over?.addEventListener("abort", () => opening.entered.reject(new Error("Nobody waits for it")));
    this.#openings.add(opening);
    try {
      if (!this.#stopped && !over?.aborted) await within(Promise.all([hub.start(), opening.entered.promise]), this.#patience());
      if (this.#stopped || over?.aborted) throw new Error("Nobody waits for it");
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
    const since = Date.now();
    this.#hub = hub;
    this.#lost = lost;
    this.#openings.delete(opening);
    this.#options.up(hub);
    const loss = await lost.promise;
    this.#hub = loss.successor?.hub;
    this.#lost = loss.successor?.lost;
    clearTimeout(this.#draining?.timer);
    this.#draining = undefined;
    // A move between two attempts is over.
    this.#waiting?.over();
    discard(hub);
    this.#failures = Math.max(0, this.#failures - Math.floor((Date.now() - since) / PAYS_MS));
    this.#wasSilent = loss.reason === "unresponsive";
    if (!this.#stopped && !loss.successor) this.#options.down(loss.reason);
    return loss;
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
   * Something happened after which a connection is likely to be dead, or likely to succeed. It may have happened to a whole
   * office at once, so even now not everybody comes at the same moment.
   */
  #nudge(): void {
    this.#failures = 0;
    this.#waiting?.within(backoff(0, this.#options.random));
    for (const { since, entered } of this.#openings) {
      if (Date.now() - since > ATTEMPT_MS.news) entered.reject(new Error("The network is new"));
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

/** A hub on its way: connecting, waiting to be let in, or let in and waiting to be used. */
interface Opening {
  readonly hub: Hub;
  /** Tells that it is over. */
  readonly lost: Deferred<Loss>;
  readonly entered: Deferred<void>;
  readonly since: number;
  isLetIn: boolean;
}

/** A pause that may end sooner. */
interface Waiting {
  over: () => void;
  /** Ends it after so many milliseconds at the latest. */
  within: (most: number) => void;
}

interface Loss {
  reason: string;
  atOnce: boolean;
  /** The hub that takes its place at once. */
  successor?: Opening;
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
