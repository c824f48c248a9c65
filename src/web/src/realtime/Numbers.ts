import type { NumberUpdated, SocketClient } from "pytake-client";
import type { WhatsAppNumber } from "../api/types";
import { Store } from "../state/store";

/** Why a number does not send. */
export interface Stop {
  /** WhatsApp's error code. */
  readonly code: string;
  /** In WhatsApp's words. */
  readonly reason: string;
}

type Stops = ReadonlyMap<string, Stop>;

/** The organization's WhatsApp numbers that may not send, by their id. Read when the connection begins, and then followed. */
export class Numbers {
  readonly stopped = new Store<Stops>(new Map());
  readonly #list: () => Promise<WhatsAppNumber[]>;
  readonly #endings: (() => void)[];

  constructor(client: SocketClient, list: () => Promise<WhatsAppNumber[]>) {
    this.#list = list;
    this.#endings = [
      client.onNumberUpdate((number) => this.stopped.update((all) => withNumber(all, number))),
      client.onConnectionState(({ status }) => status === "live" && void this.#read()),
    ];
    void this.#read();
  }

  close(): void {
    this.#endings.forEach((end) => end());
  }

  async #read(): Promise<void> {
    try {
      const all = await this.#list();
      this.stopped.set(
        all.reduce<Stops>((stops, number) => withNumber(stops, { ...number, whatsapp_number_id: number.id }), new Map()),
      );
    } catch {
      // It is read again with the next connection; what is known stays.
    }
  }
}

/** The numbers' state after one of them was stopped or resumed. */
export function withNumber(
  stops: Stops,
  { whatsapp_number_id, sending_stopped_at, sending_stopped_code, sending_stopped_reason }: Omit<NumberUpdated, "organization_id">,
): Stops {
  const changed = new Map(stops);
  if (sending_stopped_at) changed.set(whatsapp_number_id, { code: sending_stopped_code ?? "", reason: sending_stopped_reason ?? "" });
  else changed.delete(whatsapp_number_id);
  return changed;
}
