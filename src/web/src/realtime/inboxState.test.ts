import fc from "fast-check";
import type { Conversation, ConversationPage } from "pytake-client";
import { describe, expect, it } from "vitest";
import { FILTERS, matches, type Filter, type View } from "./filters";
import { EMPTY_INBOX, listed, placeOf, reduceInbox, type InboxAction, type InboxState } from "./inboxState";

const ME = "me";
const PAGE = 3;

/** An organization's list as the server keeps it. */
class Database {
  readonly rows = new Map<string, Conversation>();
  readonly unread = new Map<string, number>();
  readonly events: InboxAction[] = [];
  seq = 0;

  change(index: number, values: Partial<Conversation>): void {
    const id = `c${index}`;
    const conversation = { ...(this.rows.get(id) ?? newConversation(id)), ...values, inbox_seq: ++this.seq };
    this.rows.set(id, conversation);
    this.events.push({ kind: "conversation", conversation });
  }

  count(index: number, unread_count: number): void {
    const conversation_id = `c${index}`;
    if (!this.rows.has(conversation_id)) return;
    this.unread.set(conversation_id, unread_count);
    this.events.push({ kind: "unread", conversation_id, unread_count });
  }

  list(filter: Filter): Conversation[] {
    return [...this.rows.values()]
      .filter((conversation) => matches(filter, conversation, ME))
      .sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
  }

  page(filter: Filter, before?: string): ConversationPage {
    const rows = this.list(filter).filter((row) => before === undefined || placeOf(row) < before);
    const conversations = rows.slice(0, PAGE).map((row) => ({ ...row, unread_count: this.unread.get(row.id) ?? 0 }));
    return {
      conversations,
      inboxSeq: this.seq,
      total: rows.length,
      nextCursor: rows.length > PAGE ? placeOf(conversations.at(-1)!) : undefined,
    };
  }

  changedAfter(seq: number): InboxAction[] {
    const changed = [...this.rows.values()].filter(({ inbox_seq }) => inbox_seq > seq);
    return changed
      .sort((a, b) => a.inbox_seq - b.inbox_seq)
      .map((conversation) => ({ kind: "conversation", conversation }));
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

const change = fc.record({
  index: fc.nat(9),
  values: fc.record(
    {
      status: fc.constantFrom("open", "pending", "resolved", "closed"),
      assigned_agent_id: fc.constantFrom(null, ME, "other"),
      last_message_at: fc.integer({ min: 1, max: 50 }).map((second) => `2026-01-01T00:00:${String(second % 60).padStart(2, "0")}.${second % 3 === 0 ? "5" : "25"}Z`),
    },
    { requiredKeys: [] },
  ),
});

function show(filter: Filter): View {
  return { filter };
}

function plain(rows: readonly Conversation[]): Conversation[] {
  return rows.map(({ unread_count: _, ...row }) => row as Conversation);
}

describe("the list", () => {
  it("is the database's as far down as it was loaded, whatever is lost, repeated or out of order before catching up", () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 30 }),
        fc.array(change, { maxLength: 30 }),
        fc.array(fc.nat(1000), { maxLength: 60 }),
        fc.constantFrom(...FILTERS),
        fc.nat(2),
        (before, after, choices, filter, furtherPages) => {
          const database = new Database();
          for (const { index, values } of before) database.change(index, values as Partial<Conversation>);
          let state = load(EMPTY_INBOX, database, filter);
          const position = database.seq;
          database.events.length = 0;
          for (const { index, values } of after) database.change(index, values as Partial<Conversation>);

          // The choices decide which events are lost, repeated and out of order.
          const received = choices.flatMap((choice) => database.events[choice % Math.max(1, database.events.length)] ?? []);
          state = received.reduce(reduceInbox, state);
          state = database.changedAfter(position).reduce(reduceInbox, state);
          for (let page = 0; page < furtherPages; page++) state = loadMore(state, database, filter);

          const { horizon } = state.views.get(filter)!;
          const expected = database.list(filter).filter((row) => placeOf(row) >= horizon);
          expect(plain(listed(state, show(filter), ME))).toEqual(plain(expected));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("prefers an unread event to a page that was requested before it", () => {
    const database = new Database();
    database.change(1, { last_message_at: "2026-01-01T00:00:01Z" });
    database.count(1, 3);
    const page = database.page("open");
    const askedAt = EMPTY_INBOX.clock;
    let state = reduceInbox(EMPTY_INBOX, { kind: "unread", conversation_id: "c1", unread_count: 0 });
    state = reduceInbox(state, { kind: "page", view: show("open"), page, askedAt, first: true });
    expect(state.unread.get("c1")).toBe(0);
    state = reduceInbox(state, { kind: "page", view: show("open"), page, askedAt: state.clock, first: true });
    expect(state.unread.get("c1")).toBe(3);
  });

  it("shows what a search found, and keeps it live", () => {
    const database = new Database();
    database.change(1, { last_message_at: "2026-01-01T00:00:01Z" });
    database.change(2, { last_message_at: "2026-01-01T00:00:02Z", status: "closed" });
    database.change(3, { last_message_at: "2026-01-01T00:00:03Z" });
    const view = { search: "ana" };
    const found = [database.rows.get("c2")!, database.rows.get("c1")!];
    const page = { conversations: found, inboxSeq: 3, total: 2, nextCursor: undefined };
    let state = reduceInbox(load(EMPTY_INBOX, database, "open"), { kind: "page", view, page, askedAt: 0, first: true });
    expect(listed(state, view, ME).map(({ id }) => id)).toEqual(["c2", "c1"]);
    database.change(1, { last_message_at: "2026-01-01T00:00:09Z" });
    state = reduceInbox(state, database.events.at(-1)!);
    expect(listed(state, view, ME).map(({ id }) => id)).toEqual(["c1", "c2"]);
  });
});

function load(state: InboxState, database: Database, filter: Filter): InboxState {
  return reduceInbox(state, { kind: "page", view: show(filter), page: database.page(filter), askedAt: state.clock, first: true });
}

function loadMore(state: InboxState, database: Database, filter: Filter): InboxState {
  const { cursor } = state.views.get(filter)!;
  if (cursor === undefined) return state;
  const page = database.page(filter, cursor);
  return reduceInbox(state, { kind: "page", view: show(filter), page, askedAt: state.clock, first: false });
}
