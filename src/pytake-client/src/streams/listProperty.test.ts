import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ServerEvent, type ConversationView } from "../events.js";
import { FakeServer } from "../testing/fakeServer.js";
import { Recorder } from "../testing/recorder.js";
import { seeded } from "../testing/seeded.js";

const VIEWS = ["open", "mine", "closed"] as const;
const CONVERSATIONS = 6;

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

type Rows = Map<string, { seq: number; belongs: boolean }>;

/** An agent who changes between views, on a bad network, while the conversations change. */
class Agent {
  readonly server = new FakeServer();
  readonly #random: () => number;
  readonly #recorder = new Recorder(this.server);
  /** The rows of the view, as an application keeps them: at its highest number, a conversation belongs or does not. */
  #rows: Rows = new Map();
  #seqs: number[] = [];
  #view: ConversationView = "open";

  constructor(seed: number) {
    const random = (this.#random = seeded(seed));
    const { client } = this.#recorder;
    client.onConversationUpdated(({ id, inbox_seq }) => {
      this.#rows.set(id, { seq: inbox_seq, belongs: true });
      this.#seqs.push(inbox_seq);
    });
    client.onConversationRemoved(({ conversation_id, inbox_seq }) => {
      this.#rows.set(conversation_id, { seq: inbox_seq, belongs: false });
      this.#seqs.push(inbox_seq);
    });
    for (let n = 0; n < CONVERSATIONS; n++) this.server.room(`c${n}`);
    this.server.restLatency = () => random() * 200;
  }

  async run(steps: number): Promise<void> {
    const { client } = this.#recorder;
    void client.connect("token-1");
    await pass(0);
    this.#open("open");
    for (let step = 0; step < steps; step++) await this.#step();
    this.server.up = true;
    this.server.mute = false;
    await pass(30_000);
    this.server.broadcast(ServerEvent.Resync, { inbox_seq: this.server.inboxSeq });
    await pass(30_000);

    const shown = [...this.#rows].filter(([, { belongs }]) => belongs).map(([id]) => id);
    expect(shown.sort()).toEqual(this.server.list(this.#view).sort());
    this.#expectOrder();
    expect(client.connectionState.status).toBe("live");
    await client.disconnect();
    await pass(1_000);
  }

  async #step(): Promise<void> {
    const dice = this.#random();
    if (dice < 0.5) this.#change();
    else if (dice < 0.6) this.#open(this.#any(VIEWS));
    else if (dice < 0.7) this.server.mute = !this.server.mute;
    else if (dice < 0.75) this.server.kill();
    else if (dice < 0.85) this.server.up = true;
    else if (dice < 0.9) void this.#recorder.client.watchConversations({ view: this.#view, limit: 1 + Math.floor(dice * 500) });
    else await pass(this.#random() * 1_000);
    if (this.#random() < 0.5) await pass(this.#random() * 50);
  }

  #change(): void {
    this.server.move(`c${Math.floor(this.#random() * CONVERSATIONS)}`, ...VIEWS.filter(() => this.#random() < 0.4));
  }

  /** As an application does that shows a view: it watches it, and loads it until that has succeeded. */
  #open(view: ConversationView): void {
    if (view === this.#view && this.#seqs.length > 0) return;
    this.#expectOrder();
    this.#view = view;
    this.#rows = new Map();
    this.#seqs = [];
    this.#recorder.client.watchConversations({ view, limit: 500 }).catch(() => {});
    void this.#load(this.#rows);
  }

  async #load(rows: Rows): Promise<void> {
    const { client } = this.#recorder;
    while (this.#rows === rows && client.connectionState.status !== "closed") {
      try {
        const { conversations, inboxSeq } = await client.loadConversations({ view: this.#view });
        // The page is the view as of its number, whatever the callbacks have brought up to that.
        for (const [id, { seq }] of rows) if (seq <= inboxSeq) rows.delete(id);
        for (const { id, inbox_seq } of conversations) {
          if (inbox_seq > (rows.get(id)?.seq ?? 0)) rows.set(id, { seq: inbox_seq, belongs: true });
        }
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }

  /** Each change once and in order, since the view was opened. */
  #expectOrder(): void {
    expect(this.#seqs).toEqual([...new Set(this.#seqs)].sort((a, b) => a - b));
  }

  #any<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)]!;
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("the watched view", () => {
  it("ends in the server's state, each change once and in order, whatever is lost and wherever the agent goes", async () => {
    for (let seed = 1; seed <= 150; seed++) {
      try {
        await new Agent(seed).run(60);
      } catch (error) {
        throw new Error(`With seed ${seed}`, { cause: error });
      }
    }
  });
});
