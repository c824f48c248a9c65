import { RestError, type Message } from "pytake-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MemoryStorage } from "../state/memoryStorage";
import { forgetPersonal } from "../state/personal";
import type { FileStore } from "./files";
import { LOST, Outbox, type OutboxOptions, type Queued, type Upload } from "./outbox";

class MemoryFiles implements FileStore {
  readonly files = new Map<string, Blob>();
  isFull = false;
  async put(key: string, file: Blob) {
    if (this.isFull) throw new DOMException("full", "QuotaExceededError");
    this.files.set(key, file);
  }
  async get(key: string) {
    return this.files.get(key);
  }
  async remove(key: string) {
    this.files.delete(key);
  }
  async keys() {
    return [...this.files.keys()];
  }
}

let storage: MemoryStorage;
let files: MemoryFiles;
let upload: ReturnType<typeof vi.fn<Upload>>;
let sent: Queued[];
let failures: unknown[];
const boxes: Outbox[] = [];

function optionsOf(userId = "ana"): OutboxOptions {
  let ticks = 0;
  return {
    storage,
    files,
    upload,
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
  };
}

function open(userId = "ana"): Outbox {
  const outbox = new Outbox(optionsOf(userId));
  boxes.push(outbox);
  return outbox;
}

const text = (words: string, conversation_id = "c") => ({ conversation_id, message_type: "text", content: { text: words } });
const texts = (queued: readonly Queued[]) => queued.map(({ content }) => content.text);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  storage = new MemoryStorage();
  files = new MemoryFiles();
  upload = vi.fn<Upload>(async (_file, name) => `media of ${name}`);
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

  it("stores nothing again that left the browser while it was being sent", async () => {
    let refuse = (_error: Error) => {};
    const outbox = new Outbox({ ...optionsOf("ana"), send: () => new Promise((_, reject) => (refuse = reject)) });
    boxes.push(outbox);
    outbox.add(text("one"));
    await pass(0);
    forgetPersonal(storage);
    refuse(new RestError(403, "no"));
    await pass(0);
    expect(storage.length).toBe(0);
    expect(outbox.queued.value).toEqual([]);
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
      files,
      upload,
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

const photo = (name: string, conversation_id = "c") => ({
  draft: { conversation_id, message_type: "image", content: { caption: name }, file: { name, type: "image/jpeg", size: 3 } },
  blob: new Blob([name], { type: "image/jpeg" }),
});
const addPhoto = (outbox: Outbox, name: string) => {
  const { draft, blob } = photo(name);
  return outbox.add(draft, blob);
};
const names = (queued: readonly Queued[]) => queued.map(({ file, content }) => file?.name ?? content.text);

describe("files in the outbox", () => {
  it("are uploaded and then sent, in order with texts, also where all were queued in one moment", async () => {
    const outbox = new Outbox({ ...optionsOf(), now: () => new Date(Date.UTC(2026, 0, 1)) });
    boxes.push(outbox);
    addPhoto(outbox, "one");
    outbox.add(text("two"));
    addPhoto(outbox, "three");
    addPhoto(outbox, "four");
    await pass(0);
    expect(names(sent)).toEqual(["one", "two", "three", "four"]);
    expect(sent.map(({ file }) => file?.media_id)).toEqual(["media of one", undefined, "media of three", "media of four"]);
    expect([outbox.queued.value, files.files.size, outbox.progress.value.size]).toEqual([[], 0, 0]);
  });

  it("survive a reload, and are not uploaded twice where the upload was done", async () => {
    failures = [new TypeError("fetch failed")];
    const before = open();
    addPhoto(before, "one");
    await pass(0);
    before.close();
    const after = open();
    expect(names(after.queued.value)).toEqual(["one"]);
    after.flush();
    await pass(0);
    expect(sent.map(({ file }) => file?.media_id)).toEqual(["media of one"]);
    expect(upload).toHaveBeenCalledTimes(1);
  });

  it("are uploaded again after a lost connection, before what was written after them", async () => {
    upload.mockRejectedValueOnce(new TypeError("Failed to fetch"));
    const before = open();
    addPhoto(before, "one");
    before.add(text("two"));
    await pass(0);
    before.close();
    expect(sent).toEqual([]);
    const after = open();
    after.flush();
    await pass(0);
    expect(names(sent)).toEqual(["one", "two"]);
    expect(await upload.mock.calls[1]![0].text()).toBe("one");
  });

  it("say how much of them is sent", async () => {
    const outbox = open();
    const parts: unknown[] = [];
    upload.mockImplementationOnce(async (_file, _name, { progress }) => {
      progress(0.5);
      parts.push([...outbox.progress.value.values()]);
      return "m";
    });
    addPhoto(outbox, "one");
    await pass(0);
    expect(parts).toEqual([[0.5]]);
  });

  it("are cancelled by discarding them, here or in another tab, and what follows is sent", async () => {
    for (const cancel of [(outbox: Outbox, id: string) => outbox.discard(id), elsewhere]) {
      sent = [];
      let signal: AbortSignal | undefined;
      upload.mockImplementationOnce((_file, _name, options) => {
        signal = options.signal;
        return new Promise((_resolve, reject) => options.signal.addEventListener("abort", () => reject(new DOMException("", "AbortError"))));
      });
      const outbox = open();
      const { id } = addPhoto(outbox, "one");
      outbox.add(text("two"));
      await pass(0);
      expect(sent).toEqual([]);
      cancel(outbox, id);
      await pass(0);
      expect([signal!.aborted, names(sent), outbox.queued.value]).toEqual([true, ["two"], []]);
    }
  });

  it("that the server refuses are kept with the reason, and uploaded anew by a retry", async () => {
    upload.mockRejectedValueOnce(new RestError(415, "not a kind that WhatsApp takes"));
    const outbox = open();
    const { id } = addPhoto(outbox, "one");
    outbox.add(text("two"));
    await pass(0);
    expect(names(sent)).toEqual(["two"]);
    expect(outbox.queued.value).toMatchObject([{ id, refusal: "not a kind that WhatsApp takes" }]);
    failures = [new RestError(422, "content.media_id")];
    outbox.retry(id);
    await pass(0);
    outbox.retry(id);
    await pass(0);
    expect([upload.mock.calls.length, names(sent)]).toEqual([3, ["two", "one"]]);
  });

  it("are sent from the tab's memory where the browser cannot keep them, and named as lost after a reload", async () => {
    files.isFull = true;
    const outbox = open();
    addPhoto(outbox, "one");
    await pass(0);
    expect(names(sent)).toEqual(["one"]);

    upload.mockRejectedValue(new TypeError("Failed to fetch"));
    const { id } = addPhoto(outbox, "two");
    await pass(0);
    outbox.close();
    const young = open();
    young.flush();
    await pass(0);
    // Another tab may be about to keep it.
    expect(young.queued.value).toMatchObject([{ id }]);
    young.close();
    const old = new Outbox({ ...optionsOf(), now: () => new Date(Date.UTC(2026, 0, 2)) });
    boxes.push(old);
    old.flush();
    await pass(0);
    expect(old.queued.value).toMatchObject([{ id, refusal: LOST }]);
  });

  it("belong to one user, and are forgotten when their messages are gone", async () => {
    files.files.set("ana.gone", new Blob(["x"]));
    upload.mockRejectedValue(new TypeError("Failed to fetch"));
    const [ana, bruno] = [open("ana"), open("bruno")];
    addPhoto(ana, "one");
    addPhoto(bruno, "two");
    await pass(0);
    const owners = () => [...files.files.keys()].map((key) => key.split(".")[0]);
    expect(owners()).toEqual(["ana", "bruno"]);
    for (const { id } of ana.queued.value) ana.discard(id);
    expect([owners(), bruno.queued.value.length]).toEqual([["bruno"], 1]);
  });

  function elsewhere(outbox: Outbox, id: string): void {
    storage.removeItem(`pytake.outbox.ana.${id}`);
    outbox.reload();
  }
});
