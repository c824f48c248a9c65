import { RestError, type Message } from "pytake-client";
import { keysBelow, personalPrefix, type KeyValues } from "../state/personal";
import { Store } from "../state/store";
import { Files, type FileStore } from "./files";

/** A message that an agent has written and the server does not have yet. */
export interface Queued {
  /** `client_message_id`: the server makes one message of it, however often it is sent. */
  readonly id: string;
  readonly conversation_id: string;
  readonly message_type: string;
  readonly content: Record<string, unknown>;
  readonly reply_to_message_id?: string | undefined;
  /** The file that it carries, which is uploaded before the message is sent. */
  readonly file?: QueuedFile | undefined;
  /** ISO-8601. */
  readonly created_at: string;
  /** Why the server has refused it. It is then kept until the agent retries or discards it. */
  readonly refusal?: string | undefined;
}

/** What is known of a file while it is on its way; its bytes are in the browser's own storage. */
export interface QueuedFile {
  readonly name: string;
  readonly type: string;
  /** In bytes. */
  readonly size: number;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly seconds?: number | undefined;
  /** The server has the file, under this id. */
  readonly media_id?: string | undefined;
}

export type Draft = Omit<Queued, "id" | "created_at" | "refusal">;

/** Sends a file to the server; `progress` is called with the part that is sent, from 0 to 1. Rejects where it is aborted. */
export type Upload = (file: Blob, name: string, options: { progress: (part: number) => void; signal: AbortSignal }) => Promise<string>;

/** Why a file cannot be sent: the browser closed before it had kept it, or has deleted it since. */
export const LOST = "The browser did not keep this file";

export interface OutboxOptions {
  storage: KeyValues;
  /** Whose messages these are: on a shared computer no user sends another's. */
  userId: string;
  send: (queued: Queued) => Promise<Message>;
  /** Where the bytes of files are kept. */
  files: FileStore;
  upload: Upload;
  /** The server has accepted a message. */
  sent: (message: Message) => void;
  /** Runs `work` while no other tab holds the lock of this name. */
  alone?: (name: string, work: () => Promise<void>) => Promise<void>;
  now?: () => Date;
  random?: () => number;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

/** For so long another tab may be about to keep a file that it has queued. */
const BEING_KEPT_MS = 60_000;

/**
 * Messages on their way to the server, in the order they were written in each conversation, with their files. They are in
 * the browser's storage until the server has them, through lost connections, reloads and crashes, or until the logout. Tabs
 * share them and take turns, and a message that is sent twice is still one message.
 */
export class Outbox {
  readonly queued: Store<readonly Queued[]>;
  /** How much of each file is sent, from 0 to 1, of those that are being sent by this tab. */
  readonly progress = new Store<ReadonlyMap<string, number>>(new Map());
  readonly files: Files;
  readonly #options: Required<OutboxOptions>;
  readonly #prefix: string;
  readonly #sending = new Set<string>();
  readonly #uploads = new Map<string, AbortController>();
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#options = { alone: withLock, now: () => new Date(), random: Math.random, ...options };
    this.#prefix = personalPrefix("outbox", options.userId);
    this.queued = new Store(this.#read());
    this.files = new Files(options.files, options.userId);
    void this.files.keepOnly((id) => this.#find(id) !== undefined);
  }

  /** Queues a message, which is stored when this returns; its file is stored soon after, and can be sent before that. */
  add(draft: Draft, file?: Blob): Queued {
    const queued: Queued = { ...draft, id: crypto.randomUUID(), created_at: this.#afterTheLast() };
    if (file) this.files.keep(queued.id, file);
    this.#write(queued);
    void this.#sendAll(queued.conversation_id);
    return queued;
  }

  /** Sends a message again that was refused. */
  retry(id: string): void {
    const queued = this.#find(id);
    if (!queued) return;
    const { refusal: _, ...again } = queued;
    // The server may have forgotten the upload.
    this.#write(again.file ? { ...again, file: { ...again.file, media_id: undefined } } : again);
    void this.#sendAll(queued.conversation_id);
  }

  /** Forgets a message; one whose file is being sent is cancelled. */
  discard(id: string): void {
    this.#remove(id);
    this.files.remove(id);
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
    for (const [id, upload] of this.#uploads) if (!this.#find(id)) upload.abort();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#uploads.forEach((upload) => upload.abort());
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
      const ready = queued.file ? await this.#uploaded(queued, queued.file) : queued;
      if (!ready) return true;
      const message = await this.#options.send(ready);
      this.#failures = 0;
      // The message is shown before the queued one is removed, so that one of the two is always visible.
      this.#options.sent(message);
      this.#remove(queued.id);
      this.files.sent(queued.id);
      return true;
    } catch (error) {
      // It was discarded meanwhile, or has left the browser with the logout.
      if (!this.#find(queued.id)) return true;
      if (!isRefusal(error)) return false;
      this.#write({ ...this.#find(queued.id)!, refusal: (error as Error).message });
      return true;
    }
  }

  /** The message with the server's id of its file; undefined where it cannot be sent, or is not to be sent any more. */
  async #uploaded(queued: Queued, file: QueuedFile): Promise<Queued | undefined> {
    if (file.media_id !== undefined) return queued;
    const blob = await this.files.find(queued.id);
    if (!blob) {
      const age = this.#options.now().getTime() - Date.parse(queued.created_at);
      if (age < BEING_KEPT_MS) throw new Error("Another tab is about to keep the file");
      this.#write({ ...queued, refusal: LOST });
      return undefined;
    }
    const upload = new AbortController();
    this.#uploads.set(queued.id, upload);
    try {
      const media_id = await this.#options.upload(blob, file.name, {
        signal: upload.signal,
        progress: (part) => this.#setProgress(queued.id, part),
      });
      if (!this.#find(queued.id)) return undefined;
      const uploaded: Queued = { ...queued, file: { ...file, media_id } };
      this.#write(uploaded);
      return uploaded;
    } finally {
      this.#uploads.delete(queued.id);
      this.#setProgress(queued.id, undefined);
    }
  }

  #setProgress(id: string, part: number | undefined): void {
    this.progress.update((all) => {
      const parts = new Map(all);
      if (part === undefined) parts.delete(id);
      else parts.set(id, part);
      return parts;
    });
  }

  /** Now, or a moment after the last message that was queued: several may be in one millisecond, and they are sorted by this. */
  #afterTheLast(): string {
    const last = Math.max(0, ...this.#read().map(({ created_at }) => Date.parse(created_at)));
    const now = this.#options.now().getTime();
    return new Date(now > last || last > now + BEING_KEPT_MS ? now : last + 1).toISOString();
  }

  #remove(id: string): void {
    this.#options.storage.removeItem(this.#prefix + id);
    this.reload();
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
    return keysBelow(storage, this.#prefix)
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
