import type { ConnectionState } from "./options.js";

type CatchUpReason = "reconnected" | "resync" | "woke" | "missed_events";

/** The connection's state as the application sees it; each change is reported once. */
export class Status {
  readonly #changed: (state: ConnectionState) => void;
  #state: ConnectionState = { status: "closed", reason: "not_started" };
  #catchUpReason: CatchUpReason = "missed_events";
  #node: string | undefined;

  constructor(changed: (state: ConnectionState) => void) {
    this.#changed = changed;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  offline(status: "closed" | "connecting" | "reconnecting", reason: string): void {
    this.#node = undefined;
    this.#set({ status, reason });
  }

  /** @param isBusy whether changes that were missed are still being asked for. */
  online(isBusy: boolean): void {
    if (isBusy) return this.#set({ status: "catching_up", reason: this.#catchUpReason, node: this.#node });
    this.#catchUpReason = "missed_events";
    this.#set({ status: "live", reason: "live", node: this.#node });
  }

  /** Takes effect with the next call of `online`. */
  connectedTo(node: string | undefined): void {
    this.#node = node;
  }

  /** Takes effect with the next call of `online`. */
  catchesUpBecause(reason: CatchUpReason): void {
    this.#catchUpReason = reason;
  }

  #set(state: ConnectionState): void {
    const { status, reason, node } = this.#state;
    if (state.status === status && state.reason === reason && state.node === node) return;
    this.#state = state;
    this.#changed(state);
  }
}
