export type Unsubscribe = () => void;

/** Callbacks of one kind. One that throws is reported, and stops neither the others nor the stream that called it. */
export class Listeners<T> {
  readonly #callbacks = new Set<(value: T) => void>();
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** The same function given twice is called twice, and each registration is ended by its own unsubscribe. */
  add(callback: (value: T) => void): Unsubscribe {
    const registration = (value: T) => callback(value);
    this.#callbacks.add(registration);
    return () => void this.#callbacks.delete(registration);
  }

  emit(value: T): void {
    for (const callback of [...this.#callbacks]) {
      try {
        callback(value);
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}
