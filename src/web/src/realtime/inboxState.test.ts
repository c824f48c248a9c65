import fc from "fast-check";
import type { Conversation, ConversationPage } from "pytake-client";
import { describe, expect, it } from "vitest";
import { FILTERS, type Filter, type View } from "./filters";
import { EMPTY_INBOX, isKept, listed, placeOf, reduceInbox, type InboxAction, type InboxState } from "./inboxState";

const ME = "me";
const PAGE = 3;
const LIMIT = 5;

interface Change {
  index: number;
  values: Partial<Conversation>;
}

/** An organization's list as the server keeps it, and what it sends to a browser that watches a view. */
class Database {
  readonly rows = new Map<string, Conversation>();
  readonly unread = new Map<string, number>();
  readonly events: InboxAction[] = [];
  seq = 0;

  constructor(
    readonly filter: Filter = "open",
    public limit = LIMIT,
  ) {}

  /** Makes changes, and sends them together, as the view is after the last of them. */
  change(...changes: Change[]): void {
    const before = new Set(this.list().map(({ id }) => id));
    const changed = new Set(changes.map(({ index }) => `c${index}`));
    for (const { index, values } of changes) {
      const id = `c${index}`;
      const row = this.rows.get(id) ?? newConversation(id);
      // A conversation never moves down by itself.
      const last_message_at = [row.last_message_at ?? "", values.last_message_at ?? ""].sort().at(-1) || null;
      this.rows.set(id, { ...row, ...values, last_message_at, inbox_seq: ++this.seq });
    }
    const after = this.list();
    for (const conversation of this.inOrder().filter(({ id }) => changed.has(id))) {
      const { id, inbox_seq } = conversation;
      if (after.slice(0, this.limit).includes(conversation)) this.events.push({ kind: "updated", conversation });
      else if (before.has(id) && !after.includes(conversation)) this.events.push({ kind: "removed", conversation_id: id, inbox_seq });
    }
  }

  list(): Conversation[] {
    return [...this.rows.values()]
      .filter((conversation) => belongs(this.filter, conversation))
      .sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
  }

  page(before?: string): ConversationPage {
    const rows = this.list().filter((row) => before === undefined || placeOf(row) < before);
    const conversations = rows.slice(0, PAGE).map((row) => ({ ...row, unread_count: this.unread.get(row.id) ?? 0 }));
    return {
      conversations,
      inboxSeq: this.seq,
      total: rows.length,
      nextCursor: rows.length > PAGE ? placeOf(conversations.at(-1)!) : undefined,
    };
  }

  changedAfter(seq: number): InboxAction[] {
    return this.inOrder()
      .filter(({ inbox_seq }) => inbox_seq > seq)
      .map((conversation) =>
        belongs(this.filter, conversation)
          ? { kind: "updated", conversation }
          : { kind: "removed", conversation_id: conversation.id, inbox_seq: conversation.inbox_seq },
      );
  }

  private inOrder(): Conversation[] {
    return [...this.rows.values()].sort((a, b) => a.inbox_seq - b.inbox_seq);
  }
}

function belongs(filter: Filter, { status, assigned_agent_id, last_inbound_at }: Conversation): boolean {
  const isActive = status === "open" || status === "pending";
  switch (filter) {
    case "open":
    case "pending":
      return status === filter;
    case "mine":
      return isActive && assigned_agent_id === ME;
    case "unassigned":
      return isActive && !assigned_agent_id;
    case "waiting":
      return isActive && Boolean(last_inbound_at);
    case "closed":
      return !isActive;
  }
}

function newConversation(id: string): Conversation {
  const time = "2026-01-01T00:00:00Z";
  return {
    id,
    organization_id: "o",
    contact_id: `k${id}`,
    whatsapp_number_id: "n",
    status: "open",
    priority: "medium",
    channel: "whatsapp",
    tags: [],
    extra_data: {},
    total_messages: 0,
    created_at: time,
    updated_at: time,
    contact: { id: `k${id}`, whatsapp_id: id, tags: [], attributes: {}, created_at: time, updated_at: time },
    last_seq: 0,
    inbox_seq: 0,
    inbound_count: 0,
  };
}

function at(second: number): string {
  return `2026-01-01T00:00:${String(second % 60).padStart(2, "0")}.${second % 3 === 0 ? "5" : "25"}Z`;
}

const anyChange = fc.record({
  index: fc.nat(14),
  values: fc.record(
    {
      status: fc.constantFrom("open", "pending", "resolved", "closed"),
      assigned_agent_id: fc.constantFrom(null, ME, "other"),
      last_message_at: fc.integer({ min: 1, max: 50 }).map(at),
      last_inbound_at: fc.constantFrom(null, at(1)),
    },
    { requiredKeys: [] },
  ),
}) as fc.Arbitrary<Change>;

const anyFlushes = fc.array(fc.array(anyChange, { minLength: 1, maxLength: 8 }), { maxLength: 12 });

function plain(rows: readonly Conversation[]): Conversation[] {
  return rows.map(({ unread_count: _, ...row }) => row as Conversation);
}

/** What the screen has to show: the view as far down as it is loaded. */
function expectTruth(state: InboxState, database: Database): void {
  const { filter, limit } = database;
  const { horizon } = state.views.get(filter)!;
  const expected = database.list().filter((row) => placeOf(row) >= horizon);
  expect(plain(listed(state, { filter }))).toEqual(plain(expected));
  expect(expected.length).toBeLessThanOrEqual(limit);
}

describe("a watched view", () => {
  it("is the database's as far down as it was loaded, by the events of its first rows alone", () => {
    fc.assert(
      fc.property(anyFlushes, fc.array(anyFlushes, { maxLength: 3 }), fc.constantFrom(...FILTERS), (before, rounds, filter) => {
        const database = new Database(filter);
        for (const changes of before) database.change(...changes);
        let state = load(EMPTY_INBOX, database);
        for (const flushes of rounds) {
          for (const changes of flushes) {
            database.events.length = 0;
            database.change(...changes);
            state = database.events.reduce(reduceInbox, state);
            expectTruth(state, database);
          }
          state = loadMore(state, database);
          expectTruth(state, database);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("is the database's, whatever is lost, repeated or out of order before catching up", () => {
    fc.assert(
      fc.property(
        anyFlushes,
        anyFlushes,
        fc.array(fc.nat(1000), { maxLength: 60 }),
        fc.constantFrom(...FILTERS),
        fc.nat(2),
        (before, after, choices, filter, furtherPages) => {
          const database = new Database(filter);
          for (const changes of before) database.change(...changes);
          let state = load(EMPTY_INBOX, database);
          const position = database.seq;
          database.events.length = 0;
          for (const changes of after) database.change(...changes);

          // The choices decide which events are lost, repeated and out of order.
          const received = choices.flatMap((choice) => database.events[choice % Math.max(1, database.events.length)] ?? []);
          state = received.reduce(reduceInbox, state);
          state = database.changedAfter(position).reduce(reduceInbox, state);
          expectTruth(state, database);
          for (let page = 0; page < furtherPages; page++) state = loadMore(state, database);
          expectTruth(state, database);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("is loaded further, to the end, after it was cut off", () => {
    const database = new Database();
    for (let index = 0; index < 4; index++) database.change({ index, values: { last_message_at: at(index) } });
    let state = load(EMPTY_INBOX, database);
    database.events.length = 0;
    database.change(...[4, 5, 6, 7, 8, 9].map((index) => ({ index, values: { last_message_at: at(index + 3) } })));
    state = database.events.reduce(reduceInbox, state);
    expect(listed(state, { filter: "open" }).length).toBe(LIMIT);
    for (let pages = 0; pages < 4; pages++) state = loadMore(state, database);
    expect(listed(state, { filter: "open" }).length).toBe(10);
    expect(state.views.get("open")!.horizon).toBe("");
  });

  it("shows what it had when another was watched meanwhile, until it is loaded again", () => {
    const database = new Database();
    database.change({ index: 1, values: {} }, { index: 2, values: {} });
    let state = load(EMPTY_INBOX, database);
    state = reduceInbox(state, { kind: "watch", filter: "closed" });
    expect(isKept(state, "c1")).toBe(false);
    database.change({ index: 1, values: { status: "closed" } });
    const conversation = database.rows.get("c1")!;
    state = reduceInbox(state, { kind: "updated", conversation });
    expect(listed(state, { filter: "open" }).map(({ id }) => id)).toEqual(["c2", "c1"]);
    state = load(state, database);
    expect(listed(state, { filter: "open" }).map(({ id }) => id)).toEqual(["c2"]);
    expect(isKept(state, "c2")).toBe(true);
  });
});

describe("the unread counts", () => {
  it("are an event's rather than those of a page or an answer that was requested before it", () => {
    const database = new Database();
    database.change({ index: 1, values: {} });
    database.unread.set("c1", 3);
    const page = database.page();
    const conversation = { ...database.rows.get("c1")!, unread_count: 4 };
    let state = reduceInbox(EMPTY_INBOX, { kind: "unread", conversation_id: "c1", unread_count: 0 });
    state = reduceInbox(state, { kind: "page", view: { filter: "open" }, page, askedAt: 0, first: true, limit: LIMIT });
    state = reduceInbox(state, { kind: "answer", conversation, askedAt: 0 });
    expect(state.unread.get("c1")).toBe(0);
    const askedAt = state.clock;
    state = reduceInbox(state, { kind: "page", view: { filter: "open" }, page, askedAt, first: true, limit: LIMIT });
    expect(state.unread.get("c1")).toBe(3);
    state = reduceInbox(state, { kind: "answer", conversation, askedAt });
    expect(state.unread.get("c1")).toBe(4);
  });
});

describe("a search", () => {
  it("shows what it found, with the changes of what is watched", () => {
    const database = new Database();
    database.change({ index: 1, values: { last_message_at: at(1) } });
    database.change({ index: 2, values: { last_message_at: at(2), status: "closed" } });
    database.change({ index: 3, values: { last_message_at: at(4) } });
    const view: View = { search: "ana" };
    const found = [database.rows.get("c2")!, database.rows.get("c1")!];
    const page = { conversations: found, inboxSeq: 3, total: 2, nextCursor: undefined };
    let state = reduceInbox(load(EMPTY_INBOX, database), { kind: "page", view, page, askedAt: 0, first: true, limit: Infinity });
    expect(listed(state, view).map(({ id }) => id)).toEqual(["c2", "c1"]);
    database.change({ index: 1, values: { last_message_at: at(8) } });
    state = reduceInbox(state, database.events.at(-1)!);
    expect(listed(state, view).map(({ id }) => id)).toEqual(["c1", "c2"]);
  });
});

function load(state: InboxState, database: Database): InboxState {
  const { filter, limit } = database;
  const watching = reduceInbox(state, { kind: "watch", filter });
  return reduceInbox(watching, { kind: "page", view: { filter }, page: database.page(), askedAt: state.clock, first: true, limit });
}

/** Like the feed: the limit is raised first, and pages follow until they reach further down. */
function loadMore(state: InboxState, database: Database): InboxState {
  const { filter } = database;
  const { horizon } = state.views.get(filter)!;
  if (horizon === "") return state;
  const limit = (database.limit += PAGE);
  do {
    const page = database.page(state.views.get(filter)!.cursor);
    state = reduceInbox(state, { kind: "page", view: { filter }, page, askedAt: state.clock, first: false, limit });
  } while (state.views.get(filter)!.horizon === horizon);
  return state;
}
