import type { FileStore } from "./files";

const DATABASE = "pytake.files";
const STORE = "files";

/** Files in the browser's IndexedDB. It is opened when the first one is wanted. */
export class IndexedFiles implements FileStore {
  #database: Promise<IDBDatabase> | undefined;

  async put(key: string, file: Blob): Promise<void> {
    await this.#run("readwrite", (store) => store.put(file, key));
  }

  async get(key: string): Promise<Blob | undefined> {
    return (await this.#run<unknown>("readonly", (store) => store.get(key))) as Blob | undefined;
  }

  async remove(key: string): Promise<void> {
    await this.#run("readwrite", (store) => store.delete(key));
  }

  async keys(): Promise<string[]> {
    return (await this.#run("readonly", (store) => store.getAllKeys())).map(String);
  }

  /** Forgets the files of all users. */
  async clear(): Promise<void> {
    await this.#run("readwrite", (store) => store.clear());
  }

  async #run<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const transaction = (await this.#open()).transaction(STORE, mode);
    const request = work(transaction.objectStore(STORE));
    return new Promise((resolve, reject) => {
      // Only then it is kept.
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("The browser kept nothing"));
    });
  }

  #open(): Promise<IDBDatabase> {
    this.#database ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error("The browser has no place for files"));
    });
    return this.#database;
  }
}
