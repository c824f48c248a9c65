import { createHmac, randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { cluster } from "../../pytake-client/src/cluster.js";

/**
 * Customers who write without end, through nginx, by way of a Meta that tries each webhook again until it is answered
 * 200. Each customer's messages go one after the other, so their order is known.
 */
export class Meta {
  readonly customers = Array.from({ length: 10 }, () => new Customer());
  /** What was answered with anything but 200, or not at all, and how often. */
  readonly refusals = new Map<string, number>();
  #running = false;
  #writing: Promise<void>[] = [];
  #accepted = 0;
  #watches = new Set<() => void>();

  /** The wamids that were answered 200, of all customers. */
  get accepted(): string[] {
    return this.customers.flatMap((customer) => customer.accepted);
  }

  start(): void {
    this.#running = true;
    this.#writing = this.customers.map((customer) => this.#write(customer));
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#writing);
  }

  /** Resolves when so many more messages were answered 200. */
  async accepts(count: number): Promise<void> {
    const goal = this.#accepted + count;
    await new Promise<void>((resolve) => {
      const watch = () => {
        if (this.#accepted < goal) return;
        this.#watches.delete(watch);
        resolve();
      };
      this.#watches.add(watch);
    });
  }

  async #write(customer: Customer): Promise<void> {
    while (this.#running) {
      await this.#deliver(customer.next());
      customer.arrived();
      this.#accepted++;
      for (const watch of [...this.#watches]) watch();
      await pause(150); // the pace of the load
    }
  }

  async #deliver(body: string): Promise<void> {
    for (let answer = await post(body); answer !== "200"; answer = await post(body)) {
      this.refusals.set(answer, (this.refusals.get(answer) ?? 0) + 1);
      await pause(100);
    }
  }
}

/** A customer with a German number, which WhatsApp writes as it is, unlike Brazilian ones. */
class Customer {
  readonly from = `49151${randomInt(10_000_000, 99_999_999)}`;
  readonly accepted: string[] = [];
  readonly #clock = Math.floor(Date.now() / 1000);
  #count = 0;

  /** The next message in Meta's envelope. */
  next(): string {
    const n = this.#count++;
    const { phone_number_id, display_phone_number } = cluster.whatsapp;
    const value = {
      messaging_product: "whatsapp",
      metadata: { display_phone_number, phone_number_id },
      contacts: [{ profile: { name: `Customer ${this.from}` }, wa_id: this.from }],
      messages: [
        { from: this.from, id: this.#wamid(n), timestamp: `${this.#clock + n}`, type: "text", text: { body: `${n}` } },
      ],
    };
    const entry = [{ id: "990011", changes: [{ field: "messages", value }] }];
    return JSON.stringify({ object: "whatsapp_business_account", entry });
  }

  /** The last message was answered 200. */
  arrived(): void {
    this.accepted.push(this.#wamid(this.#count - 1));
  }

  #wamid(n: number): string {
    return `wamid.SCALE${this.from}N${n}`;
  }
}

/** The status, or what prevented one. */
async function post(body: string): Promise<string> {
  const signature = createHmac("sha256", cluster.whatsapp.app_secret).update(body).digest("hex");
  try {
    const response = await fetch(`${cluster.base_url}/api/v1/whatsapp/webhook`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Hub-Signature-256": `sha256=${signature}` },
      body,
      signal: AbortSignal.timeout(10_000),
    });
    await response.arrayBuffer();
    return String(response.status);
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}
