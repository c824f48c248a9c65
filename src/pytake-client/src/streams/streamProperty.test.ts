import { describe, expect, it } from "vitest";
import type { Message, MessageStatus, MessageStatusName } from "../events.js";
import { newMessage } from "../testing/fakeServer.js";
import { seeded } from "../testing/seeded.js";
import { KnownMessages, type MessageChange, type MessageEvent } from "./messageChanges.js";
import { Stream, type Entry } from "./stream.js";

const PAGE = 3;
const STATUSES: MessageStatusName[] = ["pending", "sent", "delivered", "read"];

/** The conversation as the database holds it, and the event of each change. */
class Database {
  readonly rows = new Map<string, Message>();
  seq = 0;

  constructor(private readonly random: () => number) {}

  change(): Entry<MessageEvent> {
    const seq = ++this.seq;
    const row = this.#any();
    if (!row || this.random() < 0.4)
      return this.#put({ ...newMessage("c", `m${seq}`, seq), status: "pending" }, "message");
    const next = STATUSES[STATUSES.indexOf(row.status) + 1];
    if (!next || this.random() < 0.3) return this.#put({ ...row, content: { text: `edit ${seq}` }, seq }, "updated");
    this.rows.set(row.id, { ...row, status: next, seq });
    const status: MessageStatus = { message_id: row.id, conversation_id: "c", status: next, timestamp: "", seq };
    return { seq, value: { kind: "status", status } };
  }

  changedAfter(after: number): Entry<MessageEvent>[] {
    return [...this.rows.values()]
      .filter((row) => row.seq > after)
      .sort((a, b) => a.seq - b.seq)
      .slice(0, PAGE)
      .map((message) => ({ seq: message.seq, value: { kind: "message", message } }));
  }

  #put(message: Message, kind: "message" | "updated"): Entry<MessageEvent> {
    this.rows.set(message.id, message);
    return { seq: message.seq, value: { kind, message } };
  }

  #any(): Message | undefined {
    return [...this.rows.values()][Math.floor(this.random() * this.rows.size)];
  }
}

/** An application that applies changes as the documentation says. */
class Screen {
  readonly rows = new Map<string, { text: unknown; status: MessageStatusName }>();
  readonly seen: string[] = [];
  readonly seqs: number[] = [];

  apply(change: MessageChange): void {
    const about = change.kind === "status" ? change.status : change.message;
    const id = change.kind === "status" ? change.status.message_id : change.message.id;
    this.seqs.push(about.seq);
    this.seen.push(`${change.kind} ${about.seq}`);
    const row = this.rows.get(id);
    expect(row === undefined, `${change.kind} of ${id}`).toBe(change.kind === "new");
    if (change.kind === "status") row!.status = change.status.status;
    else this.rows.set(id, { text: change.message.content.text, status: change.message.status });
  }
}

function run(seed: number): void {
  const random = seeded(seed);
  const database = new Database(random);
  const stream = new Stream<MessageEvent>(5);
  const known = new KnownMessages();
  const screen = new Screen();
  const wire: Entry<MessageEvent>[] = [];
  let page: Entry<MessageEvent>[] | undefined;
  const show = (entries: Entry<MessageEvent>[]) => {
    for (const { value } of entries) known.changes(value).forEach((change) => screen.apply(change));
  };
  const ask = () => {
    stream.hold();
    page = database.changedAfter(stream.position!);
  };
  const answer = () => {
    show(stream.fill(page!));
    // Like the feed, this keeps the hold until the next page has arrived.
    page = page!.length >= PAGE ? database.changedAfter(stream.position!) : undefined;
    if (!page) show(stream.release());
  };

  stream.learn(0);
  for (let step = 0; step < 150; step++) {
    const dice = random();
    if (dice < 0.4) {
      const event = database.change();
      if (random() < 0.8) wire.splice(Math.floor(random() * (wire.length + 1)), 0, event);
      if (random() < 0.2) wire.push(event);
    } else if (dice < 0.75 && wire.length > 0) {
      show(stream.receive(wire.shift()!));
    } else if (page) {
      answer();
    } else if (dice > 0.9) {
      ask();
    }
  }
  while (page) answer();
  for (const event of wire) show(stream.receive(event));
  ask();
  while (page) answer();

  const truth = [...database.rows].map(([id, row]) => [id, { text: row.content.text, status: row.status }]);
  expect(Object.fromEntries(screen.rows)).toEqual(Object.fromEntries(truth));
  expect(screen.seqs).toEqual([...screen.seqs].sort((a, b) => a - b));
  expect(new Set(screen.seen).size).toBe(screen.seen.length);
  expect(stream.behind).toBe(false);
  expect(stream.position).toBe(database.seq);
}

describe("Stream and KnownMessages", () => {
  it("end in the database's state, each change once and in order, whatever order, loss and repetition", () => {
    for (let seed = 1; seed <= 500; seed++) {
      try {
        run(seed);
      } catch (error) {
        throw new Error(`With seed ${seed}`, { cause: error });
      }
    }
  });
});
