const TICK_MS = 5_000;

/**
 * A tick that comes this much too late means that the machine slept. Browsers slow the timers of hidden pages down to
 * one a minute, which is no sleep.
 */
const GAP_MS = { visible: 15_000, hidden: 90_000 };

/** Calls back when the network came back, the page became visible again, or the machine woke up. */
export class Wakefulness {
  readonly #woke: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #last = 0;

  constructor(woke: () => void) {
    this.#woke = woke;
  }

  start(): void {
    this.#last = Date.now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    globalThis.addEventListener?.("online", this.#woke);
    globalThis.addEventListener?.("pageshow", this.#shown);
    globalThis.document?.addEventListener("visibilitychange", this.#looked);
  }

  stop(): void {
    clearInterval(this.#timer);
    globalThis.removeEventListener?.("online", this.#woke);
    globalThis.removeEventListener?.("pageshow", this.#shown);
    globalThis.document?.removeEventListener("visibilitychange", this.#looked);
  }

  readonly #shown = (event: Event): void => {
    // A page from the back-forward cache has lost its sockets; a page that is shown for the first time has not.
    if ((event as PageTransitionEvent).persisted) this.#woke();
  };

  readonly #looked = (): void => {
    if (!isHidden()) this.#woke();
  };

  #tick(): void {
    const late = Date.now() - this.#last - TICK_MS;
    this.#last = Date.now();
    if (late > (isHidden() ? GAP_MS.hidden : GAP_MS.visible)) this.#woke();
  }
}

function isHidden(): boolean {
  return globalThis.document?.visibilityState === "hidden";
}
