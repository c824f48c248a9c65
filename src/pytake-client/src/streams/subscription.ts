import { backoff } from "../backoff.js";
import { refusal, type Hub } from "../connection/hub.js";
import { Deferred } from "../deferred.js";
import { RestError } from "../session/http.js";
import { Feed, type FeedOptions } from "./feed.js";

/**
 * A call may be refused for a moment only, because of a rate limit or because the database is away. After this many
 * refusals in a row the stream is given up.
 */
const REFUSALS = 10;

export interface SubscriptionOptions<T, A> extends Pick<FeedOptions<T>, "ask" | "handOut" | "changed" | "random"> {
  /** Asks the hub for the stream's events. `after` is the stream's position: what changed since is missing. */
  call: (hub: Hub, after: number | undefined) => Promise<A>;
  /** The stream's number in the hub's answer. */
  numberOf: (answer: A) => number;
  /** A request to the REST API that is answered 403 or 404 where the hub's refusal is for good. */
  check: () => Promise<unknown>;
  /** The server refuses it for good, in these words. `lost`: it was answered before. */
  refused: (words: string, lost: boolean) => void;
}

/** One stream whose events the server sends when asked, through any number of connections. */
export class Subscription<T, A> {
  readonly feed: Feed<T>;
  readonly #options: SubscriptionOptions<T, A>;
  #answered = new Deferred<A>();
  #hub: Hub | undefined;
  #wasAnswered = false;
  #complete = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(options: SubscriptionOptions<T, A>) {
    this.#options = options;
    this.feed = new Feed<T>({ ...options, refused: (error) => this.#refuse(error.message) });
  }

  /** Resolves to the hub's first answer; rejects with what `close` is given. */
  get answered(): Promise<A> {
    return this.#answered.promise;
  }

  /** Connected, but some of what was missed has not been handed out yet. */
  get busy(): boolean {
    return this.#hub !== undefined && ((this.#wasAnswered && !this.#complete) || this.feed.busy);
  }

  /** It was closed; nothing may be handed out any more. */
  get over(): boolean {
    return this.#over;
  }

  connected(hub: Hub): void {
    this.#hub = hub;
    this.#complete = false;
    void this.#start(hub);
  }

  /** Calls again, because what `call` asks for has changed: `answered` waits for the new answer. */
  renew(): void {
    const before = this.#answered;
    this.#answered = new Deferred<A>();
    this.#answered.promise.then(before.resolve, before.reject);
    if (this.#hub) void this.#start(this.#hub);
  }

  disconnected(): void {
    this.#hub = undefined;
    clearTimeout(this.#timer);
    this.feed.suspend();
  }

  close(reason: Error): void {
    this.#over = true;
    this.disconnected();
    this.#answered.reject(reason);
  }

  #start(hub: Hub): Promise<void> {
    clearTimeout(this.#timer);
    this.#failures = 0;
    return this.#enter(hub);
  }

  async #enter(hub: Hub): Promise<void> {
    const answered = this.#answered;
    const isCurrent = () => this.#hub === hub && this.#answered === answered;
    try {
      const answer = await this.#options.call(hub, this.feed.position);
      if (!isCurrent()) return;
      this.#failures = 0;
      this.#wasAnswered = true;
      this.feed.resume();
      this.feed.learn(this.#options.numberOf(answer));
      answered.resolve(answer);
    } catch (error) {
      if (isCurrent()) this.#failed(hub, refusal(error));
      return;
    }
    await this.feed.settled();
    if (!isCurrent()) return;
    this.#complete = true;
    this.#options.changed();
  }

  #failed(hub: Hub, words: string | undefined): void {
    this.#failures++;
    if (words !== undefined && this.#failures > REFUSALS) return this.#refuse(words);
    this.#timer = setTimeout(() => void this.#enter(hub), backoff(this.#failures, this.#options.random));
    // The REST API says whether there is no such thing, and has the changes that are missed meanwhile.
    this.feed.resume();
    this.feed.catchUp();
    if (words !== undefined && this.feed.position === undefined && this.#failures === 1) void this.#checkThatItExists();
  }

  async #checkThatItExists(): Promise<void> {
    try {
      await this.#options.check();
    } catch (error) {
      if (!this.#over && error instanceof RestError && error.final) this.#refuse(error.message);
    }
  }

  #refuse(words: string): void {
    this.#options.refused(words, this.#wasAnswered);
  }
}
