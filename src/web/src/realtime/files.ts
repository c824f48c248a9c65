/** Keeps bytes by a key, through reloads. */
export interface FileStore {
  put: (key: string, file: Blob) => Promise<void>;
  get: (key: string) => Promise<Blob | undefined>;
  remove: (key: string) => Promise<void>;
  keys: () => Promise<string[]>;
}

/** How many files are still shown from the browser after they were sent, so that nothing blinks. */
const REMEMBERED = 30;

/**
 * The files of one user's queued messages: at hand in the tab that queued them, and in the browser's storage for all tabs
 * and after a reload. Where the browser has no storage, or it is full, a file lasts as long as its tab.
 */
export class Files {
  readonly #store: FileStore;
  readonly #prefix: string;
  readonly #atHand = new Map<string, Blob>();

  constructor(store: FileStore, userId: string) {
    this.#store = store;
    this.#prefix = `${userId}.`;
  }

  keep(id: string, file: Blob): void {
    this.#atHand.set(id, file);
    this.#store.put(this.#prefix + id, file).catch(() => {});
  }

  /** A file that is queued, or one of the last that were sent from this tab. */
  async find(id: string): Promise<Blob | undefined> {
    return this.#atHand.get(id) ?? (await this.#store.get(this.#prefix + id).catch(() => undefined));
  }

  /** A file that this tab has at hand. */
  peek(id: string): Blob | undefined {
    return this.#atHand.get(id);
  }

  /** The server has it: only the last few stay at hand. */
  sent(id: string): void {
    this.#removeStored(id);
    for (const oldest of [...this.#atHand.keys()].slice(0, -REMEMBERED)) this.#atHand.delete(oldest);
  }

  remove(id: string): void {
    this.#atHand.delete(id);
    this.#removeStored(id);
  }

  /** Removes the files whose messages are gone, as after a crash between the two. */
  async keepOnly(isQueued: (id: string) => boolean): Promise<void> {
    for (const id of await this.#ids()) if (!isQueued(id) && !this.#atHand.has(id)) this.#removeStored(id);
  }

  async #ids(): Promise<string[]> {
    const keys = await this.#store.keys().catch(() => []);
    return keys.filter((key) => key.startsWith(this.#prefix)).map((key) => key.slice(this.#prefix.length));
  }

  #removeStored(id: string): void {
    this.#store.remove(this.#prefix + id).catch(() => {});
  }
}
