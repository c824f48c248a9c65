import type { Conversation, ConversationPage, ConversationQuery, ConversationRemoved, ConversationWatch, SocketClient } from "pytake-client";
import { describe, expect, it } from "vitest";
import { InboxFeed } from "./InboxFeed";
import { listed } from "./inboxState";

const PAGE = 50;

/** The client, whose pages and watches the test answers. */
class FakeClient {
  readonly watches: (ConversationWatch & { resolve: () => void; reject: (error: Error) => void })[] = [];
  readonly loads: (ConversationQuery & { answer: (page: ConversationPage) => void; fail: (error: Error) => void })[] = [];
  isWatching = false;
  updated: (conversation: Conversation) => void = () => {};
  removed: (removed: ConversationRemoved) => void = () => {};
  live: () => void = () => {};

  onConversationUpdated = (callback: (conversation: Conversation) => void) => ((this.updated = callback), () => {});
  onConversationRemoved = (callback: (removed: ConversationRemoved) => void) => ((this.removed = callback), () => {});
  onConversationCounts = () => () => {};
  onUnreadUpdate = () => () => {};
  onConnectionState = (callback: (state: { status: string }) => void) => ((this.live = () => callback({ status: "live" })), () => {});

  watchConversations = (watch: ConversationWatch) => {
    this.isWatching = true;
    return new Promise<void>((resolve, reject) => this.watches.push({ ...watch, resolve, reject }));
  };
  unwatchConversations = () => void (this.isWatching = false);
  loadConversations = (query: ConversationQuery) =>
    new Promise<ConversationPage>((answer, fail) => this.loads.push({ ...query, answer, fail }));
}

function open(): { client: FakeClient; inbox: InboxFeed } {
  const client = new FakeClient();
  return { client, inbox: new InboxFeed(client as unknown as SocketClient) };
}

/** Conversations with these numbers; the higher, the newer. */
function page(from: number, to: number, more = false): ConversationPage {
  const numbers = Array.from({ length: from - to + 1 }, (_, n) => from - n);
  const conversations = numbers.map(conversation);
  return { conversations, inboxSeq: 1_000, total: from, nextCursor: more ? `after c${to}` : undefined };
}

function conversation(n: number): Conversation {
  const last_message_at = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
  return { id: `c${n}`, inbox_seq: n, last_message_at } as Conversation;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
const shown = (inbox: InboxFeed, filter: "open" | "mine") => listed(inbox.state.value, { filter }).map(({ id }) => id);

describe("the list", () => {
  it("watches the view of a filter, a page more than it loads, and follows its changes", async () => {
    const { client, inbox } = open();
    void inbox.watch("mine");
    void inbox.watch("mine");
    expect(client.watches).toMatchObject([{ view: "mine", limit: 2 * PAGE }]);
    expect(client.loads).toMatchObject([{ view: "mine", limit: PAGE }]);
    client.loads[0]!.answer(page(2, 1));
    await settled();
    client.updated(conversation(3));
    client.removed({ conversation_id: "c1", inbox_seq: 1_001 });
    expect(shown(inbox, "mine")).toEqual(["c3", "c2"]);
    inbox.leave();
    expect(client.isWatching).toBe(false);
  });

  it("shows a view at once as it was when it was left, and drops a page of it that comes too late", async () => {
    const { client, inbox } = open();
    void inbox.watch("open");
    client.loads[0]!.answer(page(2, 1));
    await settled();
    void inbox.watch("mine");
    void inbox.watch("open");
    expect(shown(inbox, "open")).toEqual(["c2", "c1"]);
    void inbox.watch("mine");
    client.loads[2]!.answer(page(9, 1));
    client.loads[1]!.answer(page(8, 1));
    await settled();
    expect(shown(inbox, "open")).toEqual(["c2", "c1"]);
    expect(shown(inbox, "mine")).toEqual([]);
    client.loads[3]!.answer(page(5, 5));
    await settled();
    expect(shown(inbox, "mine")).toEqual(["c5"]);
    expect(client.watches.map(({ view }) => view)).toEqual(["open", "mine", "open", "mine"]);
  });

  it("watches more rows before it loads them", async () => {
    const { client, inbox } = open();
    void inbox.watch("open");
    client.loads[0]!.answer(page(300, 251, true));
    await settled();
    void inbox.more({ filter: "open" });
    void inbox.more({ filter: "open" });
    expect(client.watches.map(({ limit }) => limit)).toEqual([100, 150]);
    expect(client.loads.length).toBe(1);
    client.watches[1]!.resolve();
    await settled();
    expect(client.loads[1]).toMatchObject({ view: "open", before: "after c251" });
    client.loads[1]!.answer(page(250, 201, true));
    await settled();
    expect(shown(inbox, "open").length).toBe(100);
    expect(inbox.loading.value.get("open")).toBe("ready");
  });

  it("loads the pages from the first on again where so many rows came that it was cut off", async () => {
    const { client, inbox } = open();
    void inbox.watch("open");
    client.loads[0]!.answer(page(300, 251, true));
    await settled();
    for (let n = 301; n <= 360; n++) client.updated(conversation(n));
    expect(shown(inbox, "open").length).toBe(100);
    void inbox.more({ filter: "open" });
    client.watches[1]!.resolve();
    for (const [from, to] of [[360, 311], [310, 261], [260, 211]] as const) {
      await settled();
      client.loads.at(-1)!.answer(page(from, to, true));
    }
    await settled();
    expect(client.loads.map(({ before }) => before)).toEqual([undefined, undefined, "after c311", "after c261"]);
    expect(shown(inbox, "open").length).toBe(150);
  });

  it("ends where the server keeps no more rows up to date", async () => {
    const { client, inbox } = open();
    void inbox.watch("open");
    client.loads[0]!.answer(page(900, 851, true));
    for (let loaded = 1; loaded < 10; loaded++) {
      await settled();
      void inbox.more({ filter: "open" });
      client.watches.at(-1)!.resolve();
      await settled();
      client.loads.at(-1)!.answer(page(900 - 50 * loaded, 851 - 50 * loaded, true));
    }
    await settled();
    expect(client.watches.at(-1)!.limit).toBe(500);
    const asked = client.loads.length;
    await inbox.more({ filter: "open" });
    expect(client.loads.length).toBe(asked);
  });

  it("is loaded again, once there is a connection, where it could not be loaded", async () => {
    const { client, inbox } = open();
    void inbox.watch("open");
    void inbox.watch("mine");
    for (const load of client.loads) load.fail(new Error("fetch failed"));
    await settled();
    expect(inbox.loading.value.get("mine")).toBeInstanceOf(Error);
    client.live();
    expect(client.loads.slice(2)).toMatchObject([{ view: "mine" }]);
  });
});
