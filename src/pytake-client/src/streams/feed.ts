import { backoff } from "../backoff.js";
import { Deferred } from "../deferred.js";
import { RestError, type Answer } from "../session/http.js";
import { Stream, type Entry } from "./stream.js";

/** The number of rows that are asked for at once. */
export const PAGE = 100;

/**
 * Whether there is more after a page. The server says so: a page also ends early where its rows are large. Servers that do
 * not say so yet end no page early.
 */
export function hasMore(headers: Headers, rows: unknown[], limit = PAGE): boolean {
  return headers.has("X-Next-Cursor") || rows.length >= limit;
}

/**
 * How long to wait for a hole to fill by itself: changes that two nodes make at the same moment may arrive in the other
 * order, milliseconds apart. The delay is random, so that the many clients of a room do not all ask at once.
 */
const GRACE_MS = { least: 50, spread: 100 };

/** A request to the REST API. */
export type Get = <T>(path: string, query: object, signal?: AbortSignal) => Promise<Answer<T>>;

export interface FeedOptions<T> {
  /** Asks the server for the first page of what changed after that number, and whether there is more. */
  ask: (after: number, signal: AbortSignal) => Promise<{ entries: Entry<T>[]; more: boolean }>;
  handOut: (values: T[]) => void;
  /** The server refuses for good (403, 404): the feed has stopped. */
  refused: (error: RestError) => void;
  /** `busy` may have changed. */
  changed: () => void;
  random: () => number;
}

/**
 * Keeps one stream complete by asking the server for what the live events did not bring. This is the only way to catch
 * up, for a hole, `resync`, a reconnect and waking up alike. It never polls; a request that failed is repeated with
 * growing delays while the feed runs.
 */
export class Feed<T> {
  readonly #stream = new Stream<T>();
  readonly #options: FeedOptions<T>;
  #running = false;
  #asking: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #again = false;
  #failures = 0;
  #loading = 0;
  #loaded = false;
  #settled: Deferred<void>[] = [];

  constructor(options: FeedOptions<T>) {
    this.#options = options;
  }

  get position(): number | undefined {
    return this.#stream.position;
  }

  get start(): number {
    return this.#stream.start;
  }

  /** It is asking, or will ask again after a failure. A hole that may still fill by itself does not count. */
  get busy(): boolean {
    return this.#asking !== undefined || this.#again || this.#failures > 0;
  }

  /** The client is connected. */
  resume(): void {
    this.#running = true;
    this.#watch();
  }

  /** The connection is lost: a request in progress is aborted, the position is kept. */
  suspend(): void {
    this.#running = false;
    this.#again = false;
    this.#failures = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#asking?.abort();
    this.#settle();
  }

  /** The application has everything up to `seq`, so that no page it loads gives the stream another start. */
  startAt(seq: number): void {
    this.#loaded = true;
    this.learn(seq);
  }

  receive(entry: Entry<T>): void {
    this.#handOut(this.#stream.receive(entry));
    this.#watch();
  }

  /** The server says that there are changes up to `seq`: in the answer to a join, or in the list of conversations. */
  learn(seq: number): void {
    this.#handOut(this.#stream.learn(seq));
    this.#watch();
  }

  /** Asks at once, even where nothing is known to be missing; does nothing before the stream has a start. */
  catchUp(): void {
    if (!this.#running || this.position === undefined) return;
    this.#again = true;
    if (this.#asking === undefined) this.#schedule(0);
    this.#options.changed();
  }

  /**
   * Runs `load`, which fetches the page that the application is going to show, and starts the stream at that page's
   * number. A later load leaves the position alone, since the application may show more than that page by then.
   *
   * Live events are held back until the caller has had time to show the page: an application that does not have the
   * message yet would ignore a change of it.
   */
  async load<P>(load: () => Promise<P>, positionOf: (page: P) => number): Promise<P> {
    this.#stream.hold();
    this.#loading++;
    try {
      const page = await load();
      const position = positionOf(page);
      this.#handOut(this.#loaded ? this.#stream.learn(position) : this.#stream.startAt(position));
      this.#loaded = true;
      return page;
    } finally {
      setTimeout(() => this.#loadedAndShown(), 0);
    }
  }

  /** Resolves when nothing is known to be missing, or when the feed is suspended. */
  settled(): Promise<void> {
    const settled = new Deferred<void>();
    this.#settled.push(settled);
    this.#watch();
    return settled.promise;
  }

  #loadedAndShown(): void {
    this.#loading--;
    this.#handOut(this.#stream.release());
    this.#watch();
  }

  /** Schedules a request if there is a reason to ask. While a page is being loaded, this waits for the page. */
  #watch(): void {
    if (this.#asking !== undefined || this.#loading > 0) return;
    if (!this.#running || (!this.#again && !this.#stream.behind)) this.#rest();
    else if (this.#timer === undefined) this.#schedule(GRACE_MS.least + this.#options.random() * GRACE_MS.spread);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#failures > 0) {
      this.#failures = 0;
      this.#options.changed();
    }
    this.#settle();
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#askAll(), delay);
  }

  async #askAll(): Promise<void> {
    const asking = new AbortController();
    this.#timer = undefined;
    this.#again = false;
    this.#asking = asking;
    this.#stream.hold();
    this.#options.changed();
    const from = this.position;
    try {
      await this.#askPages(asking.signal);
      // An answer without rows although something is known to be missing comes from a database replica that lags.
      this.#failures = this.#stream.behind && this.position === from ? this.#failures + 1 : 0;
    } catch (error) {
      if (!asking.signal.aborted) this.#failed(error);
    } finally {
      this.#asking = undefined;
      this.#handOut(this.#stream.release());
      this.#next();
      this.#options.changed();
    }
  }

  async #askPages(signal: AbortSignal): Promise<void> {
    let page: { entries: Entry<T>[]; more: boolean };
    do {
      page = await this.#options.ask(this.#stream.position!, signal);
      this.#handOut(this.#stream.fill(page.entries));
    } while (page.more && page.entries.length > 0);
  }

  #failed(error: unknown): void {
    this.#failures++;
    this.#again = true;
    if (error instanceof RestError && error.final) {
      this.suspend();
      this.#options.refused(error);
    }
  }

  #next(): void {
    if (this.#running && this.#failures > 0) this.#schedule(backoff(this.#failures, this.#options.random));
    else this.#watch();
  }

  #settle(): void {
    for (const settled of this.#settled.splice(0)) settled.resolve();
  }

  #handOut(entries: Entry<T>[]): void {
    if (entries.length > 0) this.#options.handOut(entries.map((entry) => entry.value));
  }
}
