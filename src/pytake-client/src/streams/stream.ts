/** A change and the numbers it covers: everything in (`prev`, `seq`], or `seq` alone where `prev` is not given. */
export interface Entry<T> {
  readonly seq: number;
  readonly prev?: number | undefined;
  readonly value: T;
}

/**
 * One numbered stream (a conversation's messages, or an organization's list) as one client sees it. It takes live
 * events, which may be lost, repeated or out of order, and pages of the database's answer to "what changed after N",
 * and returns what may be handed out, each number once and ascending. It does no I/O and has no timers.
 *
 * The invariant: everything up to `position` was handed out, or was superseded by a later change that was or will be.
 */
export class Stream<T> {
  #start = 0;
  #position: number | undefined;
  #handedOut = 0;
  #highest = 0;
  #holds = 0;
  readonly #ahead = new Map<number, Entry<T>>();
  readonly #capacity: number;

  /** @param capacity how many events that came too early are kept; beyond it only the highest number is remembered. */
  constructor(capacity = 500) {
    this.#capacity = capacity;
  }

  /** The last number that needs no asking, or undefined before the stream has a start. */
  get position(): number | undefined {
    return this.#position;
  }

  /** Where the stream began: the application has earlier changes from elsewhere, if at all. */
  get start(): number {
    return this.#start;
  }

  /** There are changes after the position. The database has to be asked for them unless they arrive by themselves. */
  get behind(): boolean {
    return this.#position !== undefined && this.#highest > this.#position;
  }

  /** The database holds changes up to `seq`. The first call sets the start. */
  learn(seq: number): Entry<T>[] {
    if (this.#position === undefined) this.#start = this.#position = seq;
    else this.#highest = Math.max(this.#highest, seq);
    return this.#takeReady();
  }

  /**
   * Sets the start to `seq`, the number of a page that the application is going to show. Changes up to it are not
   * handed out, because the page shows them, even where an earlier start was known; later ones are.
   */
  startAt(seq: number): Entry<T>[] {
    this.#highest = Math.max(this.#highest, this.#position ?? 0);
    this.#start = this.#position = Math.max(seq, this.#handedOut);
    return this.#takeReady();
  }

  /** A live event. */
  receive(entry: Entry<T>): Entry<T>[] {
    if (this.#position !== undefined && entry.seq <= this.#position) return [];
    this.#highest = Math.max(this.#highest, entry.seq);
    if (this.#ahead.size < this.#capacity || this.#follows(entry)) this.#ahead.set(entry.seq, entry);
    return this.#takeReady();
  }

  /**
   * A page of the answer to "what changed after `position`", ascending. Numbers that are missing in it are not holes: a
   * later change of the same row superseded them.
   */
  fill(page: readonly Entry<T>[]): Entry<T>[] {
    return page.filter((entry) => {
      if (entry.seq <= (this.#position ?? 0)) return false;
      this.#advance(entry.seq);
      return true;
    });
  }

  /** Holds live events back until the matching `release`, while a page is being loaded. */
  hold(): void {
    this.#holds++;
  }

  release(): Entry<T>[] {
    this.#holds--;
    return this.#takeReady();
  }

  #takeReady(): Entry<T>[] {
    if (this.#holds > 0 || this.#position === undefined || this.#ahead.size === 0) return [];
    const ready: Entry<T>[] = [];
    for (const entry of [...this.#ahead.values()].sort((a, b) => a.seq - b.seq)) {
      if (entry.seq > this.#position) {
        if (!this.#follows(entry)) break;
        this.#advance(entry.seq);
        ready.push(entry);
      }
      this.#ahead.delete(entry.seq);
    }
    return ready;
  }

  #follows(entry: Entry<T>): boolean {
    return this.#position !== undefined && (entry.prev ?? entry.seq - 1) <= this.#position;
  }

  #advance(seq: number): void {
    this.#position = this.#handedOut = seq;
    this.#highest = Math.max(this.#highest, seq);
  }
}
