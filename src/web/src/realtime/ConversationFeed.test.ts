import type { Message, MessagePage, SocketClient } from "pytake-client";
import { describe, expect, it } from "vitest";
import { ConversationFeed } from "./ConversationFeed";

/** A conversation with this many messages, m1 being the oldest. */
class FakeClient {
  readonly limits: number[] = [];
  failing = false;

  constructor(
    readonly count: number,
    readonly mostRows = Infinity,
  ) {}

  onNewMessage = () => () => {};
  onMessageUpdated = () => () => {};
  onMessageStatus = () => () => {};
  onConnectionState = () => () => {};
  joinConversation = () => Promise.resolve();
  leaveConversation = () => {};

  loadMessages = (_: string, { before = this.count + 1, limit = 100 }: { before?: number; limit?: number }): Promise<MessagePage> => {
    if (this.failing) return Promise.reject(new Error("away"));
    this.limits.push(limit);
    const from = Math.max(1, before - Math.min(limit, this.mostRows));
    const messages = Array.from({ length: before - from }, (_, n) => message(from + n));
    return Promise.resolve({ messages, lastSeq: this.count, total: this.count, more: from > 1 });
  };
}

function message(n: number): Message {
  const at = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
  return { id: `m${n}`, conversation_id: "c", seq: n, created_seq: n, occurred_at: at, created_at: at } as Message;
}

function open(client: FakeClient): ConversationFeed {
  const feed = new ConversationFeed(client as unknown as SocketClient);
  feed.open("c");
  return feed;
}

const shown = (feed: ConversationFeed) => feed.of("c").messages.value.shown.map(({ id }) => id);

describe("reaching a message", () => {
  it("goes on after pages that are short because their messages are large", async () => {
    const feed = open(new FakeClient(40, 7));
    expect(await feed.reach("c", "m1")).toBe(true);
    expect(shown(feed)).toHaveLength(40);
  });

  it("loads everything between it and the end", async () => {
    const client = new FakeClient(400);
    const feed = open(client);
    expect(await feed.reach("c", "m120")).toBe(true);
    expect(shown(feed)).toEqual(Array.from({ length: 350 }, (_, n) => `m${51 + n}`));
    expect(client.limits).toEqual([50, 100, 100, 100]);
  });

  it("loads nothing for a message that is shown", async () => {
    const client = new FakeClient(60);
    const feed = open(client);
    expect(await feed.reach("c", "m60")).toBe(true);
    expect(client.limits).toEqual([50]);
  });

  it("ends where the conversation begins, was closed, or cannot be loaded", async () => {
    const client = new FakeClient(120);
    const feed = open(client);
    expect(await feed.reach("c", "elsewhere")).toBe(false);
    expect(shown(feed)).toHaveLength(120);

    const other = open(new FakeClient(1000));
    const reaching = other.reach("c", "m1");
    other.close("c");
    expect(await reaching).toBe(false);

    const away = new FakeClient(10);
    away.failing = true;
    expect(await open(away).reach("c", "m1")).toBe(false);
  });
});
