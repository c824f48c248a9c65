import fc from "fast-check";
import type { Message, MessageStatus, MessageStatusName } from "pytake-client";
import { describe, expect, it } from "vitest";
import { beforeOf, NO_MESSAGES, placeOf, reduceMessages, type MessageAction, type MessageState } from "./messageState";

const STATUSES: MessageStatusName[] = ["pending", "sent", "delivered", "read"];

/**
 * A conversation in the database: each change takes the next number, and a message has the number of its last change.
 */
class Database {
  readonly rows: Message[] = [];
  readonly events: MessageAction[] = [];
  seq = 0;

  add(second: number): void {
    const at = new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString().replace(".000Z", "Z");
    const id = `m${String(this.rows.length).padStart(4, "0")}`;
    const seq = ++this.seq;
    this.#publish("message", {
      id,
      conversation_id: "c",
      direction: "outbound",
      sender_type: "agent",
      message_type: "text",
      content: { text: id },
      status: "pending",
      created_at: at,
      occurred_at: at,
      seq,
      created_seq: seq,
      error_code: null,
      error_message: null,
    });
  }

  tick(index: number): void {
    const row = this.rows[index % Math.max(1, this.rows.length)];
    const next = row && STATUSES[STATUSES.indexOf(row.status) + 1];
    if (!next) return;
    const timestamp = "2026-01-01T13:00:00Z";
    const changed = { ...row, status: next, seq: ++this.seq, [`${next}_at`]: timestamp };
    this.#replace(changed);
    const status: MessageStatus = { message_id: row.id, conversation_id: "c", status: next, timestamp, seq: changed.seq };
    this.events.push({ kind: "status", status });
  }

  edit(index: number): void {
    const row = this.rows[index % Math.max(1, this.rows.length)];
    if (row) this.#publish("message", { ...row, content: { text: `edited ${this.seq}` }, seq: ++this.seq });
  }

  page(before: string | undefined, limit: number): MessageAction & { kind: "page" } {
    const older = [...this.rows].sort(inOrder).filter((row) => before === undefined || placeOf(row) < before);
    return { kind: "page", messages: older.slice(-limit), complete: older.length <= limit, lastSeq: this.seq };
  }

  changedAfter(seq: number): Message[] {
    return this.rows.filter((row) => row.seq > seq).sort((a, b) => a.seq - b.seq);
  }

  #publish(kind: "message", message: Message): void {
    this.#replace(message);
    this.events.push({ kind, message });
  }

  #replace(message: Message): void {
    const index = this.rows.findIndex(({ id }) => id === message.id);
    if (index < 0) this.rows.push(message);
    else this.rows[index] = message;
  }
}

function inOrder(a: Message, b: Message): number {
  return placeOf(a) < placeOf(b) ? -1 : 1;
}

const change = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("add" as const), n: fc.integer({ min: 0, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("tick" as const), n: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("edit" as const), n: fc.nat(100) }) },
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply(database: Database, changes: readonly Change[]): void {
  for (const { kind, n } of changes) database[kind](n);
}

function reduce(state: MessageState, actions: readonly MessageAction[]): MessageState {
  return actions.reduce(reduceMessages, state);
}

describe("a conversation's messages", () => {
  it("end as the database has them, whatever is lost, repeated or out of order before catching up", () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 30 }),
        fc.array(change, { maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        fc.infiniteStream(fc.nat()),
        (before, after, limit, choices) => {
          const database = new Database();
          apply(database, before);
          const first = database.page(undefined, limit);
          let state = reduceMessages(NO_MESSAGES, first);
          const { position } = state;
          database.events.length = 0;
          apply(database, after);

          // Any of the events, any number of times, in any order.
          const received = shuffledWithLoss(database.events, choices);
          state = reduce(state, received);
          state = reduce(state, database.changedAfter(position).map((message) => ({ kind: "message", message })));

          const shown = [...database.rows].sort(inOrder).filter((row) => placeOf(row) >= state.horizon!);
          expect(state.shown).toEqual(shown);
          expect(state.position).toBe(database.seq);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("are complete when all pages are loaded, even with changes in between", () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 12 }), { minLength: 1, maxLength: 8 }), (rounds) => {
        const database = new Database();
        apply(database, rounds[0]!);
        let state = reduceMessages(NO_MESSAGES, database.page(undefined, 3));
        database.events.length = 0;
        for (const round of rounds.slice(1)) {
          apply(database, round);
          const older = database.page(state.horizon, 3);
          state = reduce(state, [...database.events.splice(0), { ...older, lastSeq: 0 }]);
        }
        while (state.horizon !== "") state = reduceMessages(state, { ...database.page(state.horizon, 3), lastSeq: 0 });
        expect(state.shown).toEqual([...database.rows].sort(inOrder));
      }),
      { numRuns: 300 },
    );
  });

  it("do not change when events are repeated", () => {
    const database = new Database();
    apply(database, [{ kind: "add", n: 1 }, { kind: "tick", n: 0 }, { kind: "edit", n: 0 }]);
    const state = reduce(reduceMessages(NO_MESSAGES, { kind: "page", messages: [], complete: true }), database.events);
    expect(reduce(state, database.events)).toEqual(state);
  });

  it("that are older than the loaded pages are shown with their page", () => {
    const database = new Database();
    apply(database, [{ kind: "add", n: 10 }, { kind: "add", n: 11 }]);
    let state = reduceMessages(NO_MESSAGES, database.page(undefined, 1));
    database.add(5);
    state = reduceMessages(state, database.events.at(-1)!);
    expect(state.shown.map(({ id }) => id)).toEqual(["m0001"]);
    state = reduceMessages(state, database.page(state.horizon, 5));
    expect(state.shown.map(({ id }) => id)).toEqual(["m0002", "m0000", "m0001"]);
  });

  it("show our reaction when the server has accepted it, and the event's reactions when that arrives", () => {
    const database = new Database();
    apply(database, [{ kind: "add", n: 1 }]);
    let state = reduceMessages(NO_MESSAGES, database.page(undefined, 5));
    const { position } = state;
    const target = state.shown[0]!;
    const reaction: Message = {
      ...target,
      id: "r",
      message_type: "reaction",
      content: { message_id: "w", emoji: "👍" },
      reply_to_message_id: target.id,
      seq: 3,
    };
    state = reduceMessages(state, { kind: "answer", message: reaction });
    expect(state.byId.get(target.id)!.reactions).toEqual([{ emoji: "👍", sender_type: "agent" }]);
    // Earlier changes may not have arrived, so the position stays, for the next time the conversation is opened.
    expect(state.position).toBe(position);

    const updated = { ...target, seq: 4, reactions: [{ emoji: "🙏", sender_type: "agent" }] };
    state = reduceMessages(state, { kind: "message", message: updated });
    expect(state.byId.get(target.id)).toBe(updated);
    expect(reduceMessages(state, { kind: "answer", message: reaction }).byId.get(target.id)).toBe(updated);
  });

  it("ask for the previous page by the first number of the oldest message", () => {
    const database = new Database();
    apply(database, [{ kind: "add", n: 1 }, { kind: "add", n: 2 }, { kind: "tick", n: 0 }]);
    expect(beforeOf(reduceMessages(NO_MESSAGES, database.page(undefined, 5)))).toBe(1);
    expect(beforeOf(NO_MESSAGES)).toBeUndefined();
  });
});

/** Leaves some out, repeats some, and mixes them. */
function shuffledWithLoss(events: readonly MessageAction[], choices: fc.Stream<number>): MessageAction[] {
  const next = () => choices.next().value as number;
  const kept = events.flatMap((event) => Array.from({ length: next() % 3 }, () => event));
  for (let i = kept.length - 1; i > 0; i--) {
    const j = next() % (i + 1);
    [kept[i], kept[j]] = [kept[j]!, kept[i]!];
  }
  return kept;
}
