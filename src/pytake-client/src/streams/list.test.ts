import { beforeEach, describe, expect, it, vi } from "vitest";
import { HubMethod, ServerEvent, type ConversationView } from "../events.js";
import { connect, pass, recorder, server, silently, useScene } from "../testing/scene.js";
import { WatchError } from "./list.js";

useScene();

/** Two conversations, at the list's numbers 1 and 2. */
beforeEach(() => {
  server.room("c1");
  server.room("c2");
});

const watch = (view: ConversationView = "open", limit = 50) => recorder.client.watchConversations({ view, limit });
const watches = () => server.hub.called(HubMethod.WatchConversations).map(({ payload }) => payload);
const told = () => recorder.listed;

/** The view `open` is watched from the list's number 2 on. */
async function watching(): Promise<void> {
  await connect();
  await watch();
}

describe("watching a view", () => {
  it("starts at the number of the answer, and hands out later changes", async () => {
    await connect();
    expect(await watch()).toMatchObject({ view: "open", inbox_seq: 2, counts: { open: 2, mine: 0 } });
    expect(watches()).toEqual([{ view: "open", limit: 50 }]);
    server.touch("c1");
    server.move("c2", "closed");
    server.move("c2", "open", "mine");
    expect(told()).toEqual(["c1@3", "-c2@4", "c2@5"]);
    expect(server.asked()).toEqual([]);
  });

  it("is remembered while offline, and before connect", async () => {
    const watched = watch();
    await connect();
    expect((await watched).inbox_seq).toBe(2);
    server.kill();
    await pass(0);
    const other = watch("mine");
    server.up = true;
    await pass(1_000);
    expect(await other).toMatchObject({ view: "mine" });
    expect(watches()).toEqual([{ view: "mine", limit: 50 }]);
  });

  it("twice is the same as once", async () => {
    await connect();
    expect(await Promise.all([watch(), watch()])).toMatchObject([{ view: "open" }, { view: "open" }]);
    expect(watches().length).toBe(1);
  });

  it("is needed to hear anything of the list", async () => {
    await connect();
    server.touch("c1");
    server.hub.emit(ServerEvent.ConversationUpdated, server.conversation("c1"));
    server.kill();
    server.up = true;
    await pass(1_000);
    expect(told()).toEqual([]);
    expect(server.restCalls).toEqual([]);
  });

  it("gives the counts at the beginning, with each new connection, and when they change", async () => {
    await watching();
    server.broadcast(ServerEvent.ConversationCounts, { ...server.counts(), mine: 7 });
    server.hub.close(new Error("gone"));
    await pass(1_000);
    expect(recorder.counts.map(({ mine }) => mine)).toEqual([0, 7, 0]);
  });

  it("gives the user's unread counts", async () => {
    await watching();
    server.broadcast(ServerEvent.UnreadUpdate, { conversation_id: "c1", unread_count: 3 });
    expect(recorder.unread).toEqual([{ conversation_id: "c1", unread_count: 3 }]);
  });

  it("rejects in the server's words when there is no such view, and is not tried again", async () => {
    await connect();
    server.refusals.set("department:none", "Department not found");
    server.restFailures.push(404);
    await expect(watch("department:none")).rejects.toThrow(WatchError);
    await pass(300_000);
    expect(watches().length).toBe(1);
  });

  it("is tried again when it was refused for a moment", async () => {
    await connect();
    server.refusals.set("open", "Too many calls");
    const watched = watch();
    await pass(10);
    server.refusals.clear();
    await pass(1_000);
    expect((await watched).inbox_seq).toBe(2);
    server.touch("c1");
    expect(told()).toEqual(["c1@3"]);
  });

  it("reports a view that the server refuses later", async () => {
    await watching();
    server.refusals.set("open", "Not any more");
    server.hub.close(new Error("gone"));
    await pass(300_000);
    expect(watches().length).toBe(11);
    expect(recorder.errors).toMatchObject([{ message: "Not any more", cause: expect.any(WatchError) as unknown }]);
  });

  it("ends with unwatch", async () => {
    await watching();
    recorder.client.unwatchConversations();
    recorder.client.unwatchConversations();
    await pass(0);
    expect(server.hub.calls.at(-1)).toEqual({ method: HubMethod.UnwatchConversations, payload: {} });
    expect(server.hub.called(HubMethod.UnwatchConversations).length).toBe(1);
    server.hub.emit(ServerEvent.ConversationUpdated, server.conversation("c1"));
    server.hub.close(new Error("gone"));
    await pass(1_000);
    expect(told()).toEqual([]);
    expect(watches()).toEqual([]);
  });

  it("ends with disconnect", async () => {
    await watching();
    await recorder.client.disconnect();
    await connect();
    expect(watches()).toEqual([]);
  });

  it("from within a callback ends a batch that is being handed out", async () => {
    await watching();
    silently(() => server.touch("c1", "c2"));
    recorder.client.onConversationUpdated(() => recorder.client.unwatchConversations());
    server.hub.emit(ServerEvent.Resync, { inbox_seq: 4 });
    await pass(0);
    expect(told()).toEqual(["c1@3"]);
  });
});

describe("another view", () => {
  it("takes the place of the former, whose changes are handed out no more", async () => {
    await watching();
    server.move("c2", "mine");
    expect(await watch("mine")).toMatchObject({ view: "mine", inbox_seq: 3 });
    expect(watches().at(-1)).toEqual({ view: "mine", limit: 50 });
    server.touch("c1");
    server.touch("c2");
    expect(told()).toEqual(["-c2@3", "c2@5"]);
  });

  it("is not mixed with events of the former that arrive before the server has answered", async () => {
    await watching();
    let arrive = () => {};
    server.hubGate = new Promise<void>((resolve) => (arrive = resolve));
    const watched = watch("mine");
    const page = await recorder.client.loadConversations({ view: "mine" });
    expect(page).toMatchObject({ conversations: [], inboxSeq: 2 });
    await pass(0);
    server.touch("c1");
    server.touch("c2");
    arrive();
    expect(await watched).toMatchObject({ view: "mine", inbox_seq: 4 });
    await pass(1_000);
    expect(told()).toEqual(["-c1@3", "-c2@4"]);
  });

  it("hands out what it sends itself before its answer has arrived", async () => {
    await watching();
    const watched = watch("closed");
    const original = server.watch.bind(server);
    server.watch = (hub, request) => {
      const answer = original(hub, request);
      server.move("c1", "closed");
      return answer;
    };
    expect((await watched).inbox_seq).toBe(2);
    expect(told()).toEqual(["c1@3"]);
  });

  it("is not mixed with a late answer to a request for changes of the former", async () => {
    await watching();
    silently(() => server.touch("c1"));
    let answer = () => {};
    server.restGate = new Promise<void>((resolve) => (answer = resolve));
    server.hub.emit(ServerEvent.Resync, { inbox_seq: 3 });
    await pass(10);
    expect(server.asked()).toEqual([2]);
    await watch("mine");
    answer();
    await pass(1_000);
    expect(told()).toEqual([]);
    expect(recorder.client.connectionState.status).toBe("live");
  });

  it("is not mixed with a page of the former that is loaded late", async () => {
    await watching();
    let answer = () => {};
    server.restGate = new Promise<void>((resolve) => (answer = resolve));
    const loading = recorder.client.loadConversations({ view: "open" });
    await watch("mine");
    server.move("c1", "mine");
    server.move("c2", "mine");
    answer();
    expect((await loading).inboxSeq).toBe(2);
    expect(told()).toEqual(["c1@3", "c2@4"]);
  });

  it("rejects the former where that was not watched yet", async () => {
    const former = watch("open");
    void watch("mine");
    await expect(former).rejects.toThrow("Another view is watched");
  });

  it("does not get the former's events where it is refused for a moment", async () => {
    await watching();
    server.refusals.set("mine", "Too many calls");
    const watched = watch("mine");
    await recorder.client.loadConversations({ view: "mine" });
    server.touch("c1");
    await pass(10);
    server.refusals.clear();
    await pass(2_000);
    expect((await watched).inbox_seq).toBe(3);
    expect(told()).toEqual(["-c1@3"]);
  });
});

describe("another limit", () => {
  it("leaves the stream as it is, and resolves when it counts", async () => {
    await watching();
    silently(() => server.touch("c1"));
    const original = server.watch.bind(server);
    const limits: number[] = [];
    server.watch = (hub, request) => {
      limits.push(request.limit);
      return original(hub, request);
    };
    expect(await watch("open", 100)).toMatchObject({ inbox_seq: 3 });
    expect(limits).toEqual([100]);
    expect(watches().at(-1)).toEqual({ view: "open", limit: 100, after_inbox_seq: 2 });
    server.touch("c2");
    expect(told()).toEqual(["c1@3", "c2@4"]);
    expect(server.asked()).toEqual([]);
    expect(recorder.trace).toEqual(["connecting", "live"]);
  });

  it("before the answer to the first resolves both with it", async () => {
    await connect();
    const [first, second] = [watch("open", 50), watch("open", 100)];
    expect(await first).toBe(await second);
    expect(server.hub.watch?.limit).toBe(100);
  });
});

describe("a change that was missed", () => {
  it("is no hole where each event follows the one before, whatever changed outside the view", async () => {
    await watching();
    server.move("c3", "closed");
    server.touch("c1", "c2", "c1", "c2");
    server.touch("c3");
    server.touch("c1");
    await pass(1_000);
    expect(told()).toEqual(["c1@7", "c2@8", "c1@10"]);
    expect(server.asked()).toEqual([]);
  });

  it("is asked for within the view where an event does not follow the one before", async () => {
    await watching();
    silently(() => server.touch("c1"));
    silently(() => server.move("c2", "closed"));
    server.touch("c1");
    expect(told()).toEqual([]);
    await pass(1_000);
    expect(server.asked()).toEqual([2]);
    expect(server.restCalls.at(-1)!.query).toEqual({ view: "open", changed_after: "2", limit: "100" });
    expect(told()).toEqual(["-c2@4", "c1@5"]);
    expect(recorder.unread).toContainEqual({ conversation_id: "c1", unread_count: 1 });
  });

  it("is asked for after resync", async () => {
    await watching();
    silently(() => server.touch("c1"));
    server.hub.emit(ServerEvent.Resync, { inbox_seq: 2 });
    await pass(0);
    expect(server.asked()).toEqual([]);
    server.hub.emit(ServerEvent.Resync, { inbox_seq: 3 });
    await pass(0);
    expect(told()).toEqual(["c1@3"]);
    expect(recorder.trace).toContain("catching_up: resync");
  });

  it("is asked for after waking up", async () => {
    await watching();
    silently(() => server.move("c1", "closed"));
    vi.setSystemTime(Date.now() + 3600_000);
    await pass(6_000);
    expect(told()).toEqual(["-c1@3"]);
  });

  it("comes with the watch of the next connection, in order", async () => {
    await watching();
    server.kill();
    server.touch("c2");
    server.move("c1", "closed");
    server.up = true;
    await pass(1_000);
    expect(watches()).toEqual([{ view: "open", limit: 50, after_inbox_seq: 2 }]);
    expect(told()).toEqual(["c2@3", "-c1@4"]);
    expect(server.asked()).toEqual([]);
  });

  it("is asked for on the next connection where it is more than the server sends", async () => {
    await watching();
    server.kill();
    for (let i = 0; i < 150; i++) server.move(`n${i}`, i % 2 === 0 ? "open" : "closed");
    server.watch = (hub, { view, limit }) => {
      const { inboxSeq } = server;
      hub.watch = { view, limit, at: inboxSeq, shown: new Set(server.list(view)) };
      hub.emit(ServerEvent.Resync, { inbox_seq: inboxSeq });
      return { view: "open", inbox_seq: inboxSeq, counts: server.counts() };
    };
    server.up = true;
    await pass(1_000);
    expect(server.asked().length).toBe(2);
    expect(told().length).toBe(150);
    expect(new Set(told()).size).toBe(150);
    expect(recorder.trace.slice(-3)).toEqual(["catching_up: reconnected", "catching_up: resync", "live"]);
  });

  it("comes when the view was changed while there was no connection", async () => {
    await watching();
    await recorder.client.loadConversations({ view: "open" });
    server.kill();
    await pass(0);
    server.restFailures.push("network");
    const watched = watch("mine");
    server.move("c1", "mine");
    server.up = true;
    await expect(recorder.client.loadConversations({ view: "mine" })).rejects.toThrow("fetch failed");
    const page = await recorder.client.loadConversations({ view: "mine" });
    expect(page.conversations.map(({ id }) => id)).toEqual(["c1"]);
    server.move("c2", "mine");
    await pass(1_000);
    await watched;
    expect(watches()).toEqual([{ view: "mine", limit: 50, after_inbox_seq: 3 }]);
    expect(told()).toEqual(["c2@4"]);
  });

  it("between connecting and the server's welcome comes after the welcome", async () => {
    await watching();
    let welcome = () => {};
    server.welcomeGate = new Promise<void>((resolve) => (welcome = resolve));
    server.hub.close(new Error("gone"));
    await pass(1_000);
    server.touch("c1");
    welcome();
    await pass(1_000);
    expect(told()).toEqual(["c1@3"]);
    expect(recorder.client.connectionState.status).toBe("live");
  });
});

describe("loading a page", () => {
  it("starts the stream at the page, and hands out nothing that the page shows", async () => {
    await connect();
    void watch();
    server.touch("c1");
    const page = await recorder.client.loadConversations({ view: "open", limit: 1 });
    expect(page).toMatchObject({ inboxSeq: 3, total: 2, nextCursor: undefined });
    expect(page.conversations.map(({ id }) => id)).toEqual(["c1"]);
    server.touch("c2");
    await pass(1_000);
    expect(told()).toEqual(["c2@4"]);
  });

  it("that is older than the watch makes the client ask for what lies between", async () => {
    await connect();
    server.refusals.set("open", "Too many calls");
    const watched = watch();
    expect((await recorder.client.loadConversations({ view: "open" })).inboxSeq).toBe(2);
    server.touch("c1");
    server.refusals.clear();
    await pass(2_000);
    expect((await watched).inbox_seq).toBe(3);
    expect(watches().at(-1)).toEqual({ view: "open", limit: 50 });
    expect(server.asked().at(-1)).toBe(2);
    expect(told()).toEqual(["c1@3"]);
  });

  it("loses no change that happens meanwhile, and hands it out after the page", async () => {
    await watching();
    let answer = () => {};
    server.restGate = new Promise<void>((resolve) => (answer = resolve));
    const loading = recorder.client.loadConversations({ view: "open" });
    await pass(0);
    server.touch("c1");
    answer();
    expect((await loading).inboxSeq).toBe(2);
    expect(told()).toEqual([]);
    await pass(0);
    expect(told()).toEqual(["c1@3"]);
  });

  it("of what is not watched leaves the stream alone", async () => {
    await watching();
    silently(() => server.touch("c1"));
    await recorder.client.loadConversations({ q: "ana & co", limit: 1 });
    expect(server.restCalls.at(-1)!.query).toEqual({ q: "ana & co", limit: "1" });
    await recorder.client.loadConversations({ view: "closed" });
    server.touch("c2");
    await pass(1_000);
    expect(told()).toEqual(["c1@3", "c2@4"]);
  });
});
