import { RestError, type Message } from "pytake-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Outbox, type KeyValues, type Queued } from "./outbox";

class MemoryStorage implements KeyValues {
  readonly #values = new Map<string, string>();
  get length() {
    return this.#values.size;
  }
  key(index: number) {
    return [...this.#values.keys()][index] ?? null;
  }
  getItem(key: string) {
    return this.#values.get(key) ?? null;
  }
  setItem(key: string, value: string) {
    this.#values.set(key, value);
  }
  removeItem(key: string) {
    this.#values.delete(key);
  }
}

let storage: MemoryStorage;
let sent: Queued[];
let failures: unknown[];
const boxes: Outbox[] = [];

function open(userId = "ana"): Outbox {
  let ticks = 0;
  const outbox = new Outbox({
    storage,
    userId,
    send: async (queued) => {
      if (failures.length > 0) throw failures.shift();
      sent.push(queued);
      return { id: `m-${queued.id}`, client_message_id: queued.id } as Message;
    },
    sent: () => {},
    alone: (_name, work) => work(),
    now: () => new Date(Date.UTC(2026, 0, 1) + ticks++),
    random: () => 1,
  });
  boxes.push(outbox);
  return outbox;
}

const text = (words: string, conversation_id = "c") => ({ conversation_id, message_type: "text", content: { text: words } });
const texts = (queued: readonly Queued[]) => queued.map(({ content }) => content.text);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  storage = new MemoryStorage();
  sent = [];
  failures = [];
});

afterEach(() => {
  boxes.splice(0).forEach((box) => box.close());
  vi.useRealTimers();
});

describe("the outbox", () => {
  it("sends messages in the order they were written, one after the other, and is empty then", async () => {
    const outbox = open();
    for (const words of ["one", "two", "three"]) outbox.add(text(words));
    expect(texts(outbox.queued.value)).toEqual(["one", "two", "three"]);
    await pass(0);
    expect(texts(sent)).toEqual(["one", "two", "three"]);
    expect(outbox.queued.value).toEqual([]);
  });

  it("keeps messages that could not be sent, and sends them in order when the server is back", async () => {
    failures = [new TypeError("fetch failed"), new RestError(503, "away"), new RestError(429, "slowly")];
    const outbox = open();
    outbox.add(text("one"));
    outbox.add(text("two"));
    await pass(0);
    expect(texts(outbox.queued.value)).toEqual(["one", "two"]);
    await pass(60_000);
    expect(texts(sent)).toEqual(["one", "two"]);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(2);
  });

  it("tries again at once on flush", async () => {
    failures = [new TypeError("fetch failed")];
    const outbox = open();
    outbox.add(text("one"));
    await pass(0);
    outbox.flush();
    await pass(0);
    expect(texts(sent)).toEqual(["one"]);
  });

  it("survives a reload, with the same id", async () => {
    failures = [new TypeError("fetch failed")];
    const before = open();
    const { id } = before.add(text("one"));
    await pass(0);
    before.close();
    const after = open();
    expect(texts(after.queued.value)).toEqual(["one"]);
    after.flush();
    await pass(0);
    expect(sent.map((queued) => queued.id)).toEqual([id]);
  });

  it("belongs to one user", () => {
    failures = [new TypeError("fetch failed")];
    open("ana").add(text("one"));
    expect(open("bruno").queued.value).toEqual([]);
  });

  it("keeps a message that the server refuses, with the reason, and sends the others", async () => {
    failures = [new RestError(409, "Only a template may be sent")];
    const outbox = open();
    const refused = outbox.add(text("one"));
    outbox.add(text("two"));
    await pass(0);
    expect(texts(sent)).toEqual(["two"]);
    expect(outbox.queued.value).toMatchObject([{ id: refused.id, refusal: "Only a template may be sent" }]);
    outbox.retry(refused.id);
    await pass(0);
    expect(texts(sent)).toEqual(["two", "one"]);
    expect(outbox.queued.value).toEqual([]);
  });

  it("forgets what is discarded", async () => {
    failures = [new RestError(422, "no")];
    const outbox = open();
    const { id } = outbox.add(text("one"));
    await pass(0);
    outbox.discard(id);
    expect(storage.length).toBe(0);
  });

  it("does not let one conversation wait for another", async () => {
    const outbox = open();
    failures = [new TypeError("fetch failed")];
    outbox.add(text("one", "a"));
    outbox.add(text("two", "b"));
    await pass(0);
    expect(texts(sent)).toEqual(["two"]);
  });

  it("waits for other tabs, and sends no message that another tab has sent meanwhile", async () => {
    let release = () => {};
    const turn = new Promise<void>((resolve) => (release = resolve));
    const outbox = new Outbox({
      storage,
      userId: "ana",
      send: async (queued) => {
        sent.push(queued);
        return {} as Message;
      },
      sent: () => {},
      alone: async (_name, work) => {
        await turn;
        await work();
      },
    });
    boxes.push(outbox);
    const { id } = outbox.add(text("one"));
    storage.removeItem(`pytake.outbox.ana.${id}`);
    release();
    await pass(0);
    expect(sent).toEqual([]);
    expect(outbox.queued.value).toEqual([]);
  });

  it("ignores entries that are not JSON", () => {
    storage.setItem("pytake.outbox.ana.broken", "{");
    expect(open().queued.value).toEqual([]);
  });
});
