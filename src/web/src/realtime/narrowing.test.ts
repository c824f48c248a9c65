import type { Conversation, ConversationPage } from "pytake-client";
import { describe, expect, it } from "vitest";
import { keyOf, passes, queryOf, watchedBy, withinOf, type View } from "./filters";
import { EMPTY_INBOX, listed, reduceInbox, type InboxAction, type InboxState } from "./inboxState";

function conversation(n: number, values: Partial<Conversation> = {}): Conversation {
  const last_message_at = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
  return { id: `c${n}`, inbox_seq: n, last_message_at, tags: [], contact_id: `k${n}`, contact: { tags: [] }, ...values } as unknown as Conversation;
}

function page(view: View, conversations: Conversation[], inboxSeq = 100): InboxAction {
  const answer: ConversationPage = { conversations, inboxSeq, total: conversations.length, nextCursor: undefined };
  return { kind: "page", view, page: answer, askedAt: 0, first: true, limit: 500 };
}

const all = (actions: InboxAction[]): InboxState => actions.reduce(reduceInbox, EMPTY_INBOX);
const ids = (state: InboxState, view: View, keep?: string) => listed(state, view, keep).map(({ id }) => id);

describe("a narrowed list", () => {
  const vip: View = { filter: "open", narrowing: { tag: "VIP" } };

  it("is asked for with its view, but a customer's conversations are all", () => {
    expect(queryOf({ filter: "open", narrowing: { tag: "vip", agent: "a", number: "n", unread: true, failed: true } })).toEqual({
      view: "open", tag: "vip", agent_id: "a", whatsapp_number_id: "n", unread: true, failed: true,
    });
    expect(queryOf({ filter: "open", narrowing: { contact: "k" } })).toEqual({ contact_id: "k" });
    expect(queryOf({ search: "oi", narrowing: { unread: true } })).toEqual({ q: "oi", unread: true });
    expect(queryOf({ filter: "open", narrowing: undefined })).toEqual({ view: "open" });
    expect(keyOf(vip)).not.toBe(keyOf({ filter: "open" }));
    expect([watchedBy(vip), watchedBy({ filter: "open" }), watchedBy({ search: "oi" })]).toEqual([undefined, "open", undefined]);
    expect([withinOf(vip), withinOf({ filter: "open", narrowing: { contact: "k" } })]).toEqual(["open", undefined]);
  });

  it("follows the changes of the watched view that it is a part of", () => {
    const [one, two] = [conversation(1, { tags: ["vip"] }), conversation(2)];
    let state = all([{ kind: "watch", filter: "open" }, page({ filter: "open" }, [two, one]), page(vip, [one])]);
    expect(ids(state, vip)).toEqual(["c1"]);
    state = reduceInbox(state, { kind: "updated", conversation: { ...two, inbox_seq: 101, tags: [" Vip "] } });
    expect(ids(state, vip)).toEqual(["c2", "c1"]);
    state = reduceInbox(state, { kind: "updated", conversation: { ...one, inbox_seq: 102, tags: [] } });
    expect(ids(state, vip)).toEqual(["c2"]);
    state = reduceInbox(state, { kind: "removed", conversation_id: "c2", inbox_seq: 103 });
    expect(ids(state, vip)).toEqual([]);
  });

  it("keeps the open conversation, which was just read", () => {
    const unread: View = { filter: "open", narrowing: { unread: true } };
    let state = all([{ kind: "watch", filter: "open" }, page(unread, [conversation(1, { unread_count: 2 }), conversation(2, { unread_count: 1 })])]);
    expect(ids(state, unread)).toEqual(["c2", "c1"]);
    state = reduceInbox(state, { kind: "unread", conversation_id: "c1", unread_count: 0 });
    expect(ids(state, unread, "c1")).toEqual(["c2", "c1"]);
    expect(ids(state, unread)).toEqual(["c2"]);
  });

  it("has the same conversations as the server's", () => {
    const given = conversation(1, { tags: ["Ácido"], assigned_agent_id: "a", whatsapp_number_id: "n", failed_count: 1 });
    expect(passes({ tag: "áCIDO", agent: "a", number: "n", contact: "k1", unread: true, failed: true }, given, 1)).toBe(true);
    for (const narrowing of [{ tag: "acido" }, { agent: "b" }, { number: "m" }, { contact: "k2" }]) expect(passes(narrowing, given, 1)).toBe(false);
    expect(passes({ unread: true }, given, 0)).toBe(false);
    expect(passes({ failed: true }, conversation(2), 0)).toBe(false);
  });

  it("has the messages that a search found", () => {
    const hit = { message_id: "m", message_type: "text", preview: "olá", direction: "inbound", occurred_at: "2026-01-01T00:00:00Z" } as const;
    const search: View = { search: "ola" };
    const state = all([page(search, [conversation(2, { hit }), conversation(1)])]);
    expect(state.views.get(keyOf(search))!.hits).toEqual(new Map([["c2", hit]]));
  });
});
