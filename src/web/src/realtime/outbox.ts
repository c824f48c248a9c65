import { RestError, type Message } from "pytake-client";
import { Store } from "../state/store";

/** A message that an agent has written and the server does not have yet. */
export interface Queued {
  /** `client_message_id`: the server makes one message of it, however often it is sent. */
  readonly id: string;
  readonly conversation_id: string;
  readonly message_type: string;
  readonly content: Record<string, unknown>;
  readonly reply_to_message_id?: string | undefined;
  /** ISO-8601. */
  readonly created_at: string;
  /** Why the server has refused it. It is then kept until the agent retries or discards it. */
  readonly refusal?: string | undefined;
}

export type Draft = Omit<Queued, "id" | "created_at" | "refusal">;

/** The part of `localStorage` that is used. */
export type KeyValues = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;

export interface OutboxOptions {
  storage: KeyValues;
  /** Whose messages these are: on a shared computer no user sends another's. */
  userId: string;
  send: (queued: Queued) => Promise<Message>;
  /** The server has accepted a message. */
  sent: (message: Message) => void;
  /** Runs `work` while no other tab holds the lock of this name. */
  alone?: (name: string, work: () => Promise<void>) => Promise<void>;
  now?: () => Date;
  random?: () => number;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Messages on their way to the server, in the order they were written in each conversation. They are in the browser's
 * storage until the server has them, through lost connections, reloads and crashes. Tabs share them and take turns, and
 * a message that is sent twice is still one message.
 */
export class Outbox {
  readonly queued: Store<readonly Queued[]>;
  readonly #options: Required<OutboxOptions>;
  readonly #prefix: string;
  readonly #sending = new Set<string>();
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#options = { alone: withLock, now: () => new Date(), random: Math.random, ...options };
    this.#prefix = `pytake.outbox.${options.userId}.`;
    this.queued = new Store(this.#read());
  }

  /** Queues a message, which is stored when this returns. */
  add(draft: Draft): Queued {
    const queued: Queued = { ...draft, id: crypto.randomUUID(), created_at: this.#options.now().toISOString() };
    this.#write(queued);
    void this.#sendAll(queued.conversation_id);
    return queued;
  }

  /** Sends a message again that was refused. */
  retry(id: string): void {
    const queued = this.#find(id);
    if (!queued) return;
    const { refusal: _, ...again } = queued;
    this.#write(again);
    void this.#sendAll(queued.conversation_id);
  }

  discard(id: string): void {
    this.#options.storage.removeItem(this.#prefix + id);
    this.reload();
  }

  /** Sends all waiting messages at once, because the server can probably be reached again. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#failures = 0;
    const conversations = new Set(this.queued.value.filter(isWaiting).map(({ conversation_id }) => conversation_id));
    for (const conversation of conversations) void this.#sendAll(conversation);
  }

  /** Reads the storage, to which another tab may have added messages, or from which it may have removed some. */
  reload(): void {
    this.queued.set(this.#read());
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #sendAll(conversationId: string): Promise<void> {
    if (this.#sending.has(conversationId)) return;
    this.#sending.add(conversationId);
    let goesOn = true;
    try {
      await this.#options.alone(`pytake.outbox.${conversationId}`, async () => {
        // Read again each time, because another tab may have sent the next one.
        for (let next = this.#next(conversationId); next && goesOn; next = this.#next(conversationId)) {
          goesOn = await this.#send(next);
        }
      });
    } finally {
      this.#sending.delete(conversationId);
    }
    if (!goesOn) this.#pause();
    else if (this.#next(conversationId)) void this.#sendAll(conversationId);
  }

  async #send(queued: Queued): Promise<boolean> {
    try {
      const message = await this.#options.send(queued);
      this.#failures = 0;
      // The message is shown before the queued one is removed, so that one of the two is always visible.
      this.#options.sent(message);
      this.discard(queued.id);
      return true;
    } catch (error) {
      if (!isRefusal(error)) return false;
      this.#write({ ...queued, refusal: (error as Error).message });
      return true;
    }
  }

  #pause(): void {
    if (this.#closed || this.#timer !== undefined) return;
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++);
    this.#timer = setTimeout(
      () => {
        const failures = this.#failures;
        this.flush();
        this.#failures = failures;
      },
      longest * (0.5 + this.#options.random() / 2),
    );
  }

  #next(conversationId: string): Queued | undefined {
    this.reload();
    if (this.#closed) return undefined;
    return this.queued.value.find((queued) => queued.conversation_id === conversationId && isWaiting(queued));
  }

  #find(id: string): Queued | undefined {
    return parsed(this.#options.storage.getItem(this.#prefix + id));
  }

  #write(queued: Queued): void {
    this.#options.storage.setItem(this.#prefix + queued.id, JSON.stringify(queued));
    this.reload();
  }

  #read(): Queued[] {
    const { storage } = this.#options;
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index)!);
    return keys
      .filter((key) => key.startsWith(this.#prefix))
      .flatMap((key) => parsed(storage.getItem(key)) ?? [])
      .sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  }
}

export function isWaiting({ refusal }: Queued): boolean {
  return refusal === undefined;
}

/** Whether the server refuses the message for good; any other error may not occur the next time. */
function isRefusal(error: unknown): boolean {
  return error instanceof RestError && error.status >= 400 && error.status < 500 && ![401, 408, 429].includes(error.status);
}

function parsed(text: string | null): Queued | undefined {
  try {
    return text === null ? undefined : (JSON.parse(text) as Queued);
  } catch {
    return undefined;
  }
}

async function withLock(name: string, work: () => Promise<void>): Promise<void> {
  // Locks exist on secure pages only; without them two tabs may send the same message, of which the server makes one.
  if ("locks" in navigator) await navigator.locks.request(name, work);
  else await work();
}
