import { describe, expect, it, vi } from "vitest";
import { ServerEvent } from "../events.js";
import { connect, pass, recorder, server, silently, useScene } from "../testing/scene.js";
import { JoinError } from "./room.js";

useScene();

/** A room that is joined and has had two messages. */
async function inRoom(): Promise<void> {
  await connect();
  await recorder.client.joinConversation("c1");
  server.post("c1", "a");
  server.post("c1", "b");
}

function shown(): string[] {
  return recorder.news.map(({ id }) => id);
}

describe("a hole", () => {
  it("is asked for, and later changes wait for the answer", async () => {
    await inRoom();
    silently(() => server.post("c1", "lost"));
    server.post("c1", "d");
    expect(shown()).toEqual(["a", "b"]);
    await pass(1_000);
    expect(server.asked("c1")).toEqual([2]);
    expect(shown()).toEqual(["a", "b", "lost", "d"]);
    expect(recorder.seqs).toEqual([1, 2, 3, 4]);
  });

  it("that fills by itself within a moment is not asked for", async () => {
    await inRoom();
    silently(() => server.post("c1", "c"));
    const [late] = server.messages("c1").slice(-1);
    server.post("c1", "d");
    await pass(40);
    server.hub.emit(ServerEvent.MessageNew, late);
    await pass(1_000);
    expect(shown()).toEqual(["a", "b", "c", "d"]);
    expect(server.asked("c1")).toEqual([]);
  });

  it("is noticed by a status as well as by a message", async () => {
    await inRoom();
    silently(() => server.setStatus("c1", "a", "delivered"));
    server.setStatus("c1", "a", "read");
    await pass(1_000);
    expect(server.asked("c1")).toEqual([2]);
    expect(recorder.statuses.map(({ status }) => status)).toEqual(["read"]);
  });

  it("is noticed by the list's event, when the room's event was lost", async () => {
    await inRoom();
    await recorder.client.watchConversations({ view: "open", limit: 50 });
    silently(() => server.post("c1", "lost"));
    server.touch("c1");
    await pass(1_000);
    expect(shown()).toEqual(["a", "b", "lost"]);
  });

  it("puts the client in the state catching_up until it is filled", async () => {
    await inRoom();
    silently(() => server.post("c1", "lost"));
    server.post("c1", "d");
    await pass(1_000);
    expect(recorder.trace).toEqual(["connecting", "live", "catching_up: missed_events", "live"]);
  });
});

describe("resync", () => {
  it("makes the client ask at once when there is something new", async () => {
    await inRoom();
    silently(() => server.post("c1", "lost"));
    server.hub.emit(ServerEvent.Resync, { conversation_id: "c1", last_seq: 3 });
    await pass(0);
    expect(shown()).toEqual(["a", "b", "lost"]);
    expect(recorder.trace).toContain("catching_up: resync");
  });

  it("makes the client ask nothing when nothing is missing", async () => {
    await inRoom();
    server.hub.emit(ServerEvent.Resync, { conversation_id: "c1", last_seq: 2 });
    server.hub.emit(ServerEvent.Resync, { conversation_id: "unknown", last_seq: 2 });
    await pass(1_000);
    expect(server.asked("c1")).toEqual([]);
  });
});

describe("a reconnect", () => {
  it("joins again with the position, and asks for nothing when the replay has no holes", async () => {
    await inRoom();
    server.kill();
    server.post("c1", "c");
    server.post("c1", "d");
    server.up = true;
    await pass(1_000);
    expect(server.hub.called("join_conversation")[0]!.payload).toEqual({ conversation_id: "c1", after_seq: 2 });
    expect(shown()).toEqual(["a", "b", "c", "d"]);
    expect(server.asked("c1")).toEqual([]);
  });

  it("asks for what changed where the replay has holes, and hands each change out once, in order", async () => {
    await inRoom();
    server.kill();
    server.post("c1", "c");
    server.setStatus("c1", "a", "read");
    server.setStatus("c1", "c", "read");
    server.edit("c1", "b", "better");
    server.up = true;
    await pass(1_000);
    expect(server.asked("c1")).toEqual([2]);
    expect(shown()).toEqual(["a", "b", "c"]);
    expect(recorder.news.at(-1)).toMatchObject({ id: "c", status: "read", seq: 5 });
    expect(recorder.statuses).toMatchObject([{ message_id: "a", status: "read", seq: 4 }]);
    expect(recorder.updates).toMatchObject([
      { id: "a", status: "read" },
      { id: "b", content: { text: "better" } },
    ]);
    expect(recorder.seqs).toEqual([1, 2, 4, 4, 5, 6]);
    expect(recorder.trace.slice(-3)).toEqual(["reconnecting: connection_lost", "catching_up: reconnected", "live"]);
  });

  it("asks nothing when nothing happened", async () => {
    await inRoom();
    server.kill();
    server.up = true;
    await pass(1_000);
    expect(recorder.client.connectionState.status).toBe("live");
    expect(server.asked("c1")).toEqual([]);
  });

  it("pages through more than fits on one", async () => {
    await inRoom();
    server.kill();
    for (let i = 0; i < 250; i++) server.post("c1", `m${i}`);
    server.setStatus("c1", "m0", "read");
    server.join = (hub, { conversation_id }) => {
      hub.rooms.add(conversation_id);
      hub.emit(ServerEvent.Resync, { conversation_id, last_seq: server.room(conversation_id).lastSeq });
      return { conversation_id, last_seq: server.room(conversation_id).lastSeq };
    };
    server.up = true;
    await pass(1_000);
    expect(server.asked("c1")).toEqual([2, 103, 203]);
    expect(recorder.news.length).toBe(252);
    expect(shown().at(-1)).toBe("m0");
    expect(recorder.seqs).toEqual([...recorder.seqs].sort((a, b) => a - b));
  });

  it("pages on after a page that is short because its messages are large", async () => {
    await inRoom();
    server.kill();
    server.mostRows = 3;
    for (let i = 0; i < 8; i++) server.post("c1", `m${i}`);
    server.join = (hub, { conversation_id }) => {
      hub.rooms.add(conversation_id);
      // Nothing else tells of the second page.
      return { conversation_id, last_seq: 5 };
    };
    server.up = true;
    await pass(1_000);
    expect(server.asked("c1")).toEqual([2, 5, 8]);
    expect(recorder.news.length).toBe(10);
  });

  it("asks for one more page after a full one, even if it turns out empty", async () => {
    await inRoom();
    server.kill();
    for (let i = 0; i < 100; i++) server.post("c1", `m${i}`);
    server.join = (hub, { conversation_id }) => {
      hub.rooms.add(conversation_id);
      return { conversation_id, last_seq: 102 };
    };
    server.up = true;
    await pass(1_000);
    expect(server.asked("c1")).toEqual([2, 102]);
    expect(recorder.news.length).toBe(102);
  });

  it("keeps events that arrive while it asks, and hands them out after the answer", async () => {
    await inRoom();
    silently(() => server.post("c1", "lost"));
    server.post("c1", "d");
    let open = () => {};
    server.restGate = new Promise<void>((resolve) => (open = resolve));
    await pass(200);
    expect(server.asked("c1")).toEqual([2]);
    server.post("c1", "e");
    server.setStatus("c1", "lost", "read");
    expect(shown()).toEqual(["a", "b"]);
    open();
    await pass(0);
    expect(shown()).toEqual(["a", "b", "lost", "d", "e"]);
    expect(recorder.seqs).toEqual([1, 2, 3, 4, 5, 6]);
    expect(server.asked("c1")).toEqual([2]);
  });

  it("does not wait for an answer to a request from before it", async () => {
    await inRoom();
    silently(() => server.post("c1", "lost"));
    server.post("c1", "d");
    server.restGate = new Promise<void>(() => {});
    await pass(200);
    server.hub.close(new Error("gone"));
    server.restGate = undefined;
    await pass(1_000);
    expect(shown()).toEqual(["a", "b", "lost", "d"]);
    expect(recorder.seqs).toEqual([1, 2, 3, 4]);
  });

  it("repeats a request that failed, with delays, and loses nothing", async () => {
    await inRoom();
    silently(() => server.post("c1", "lost"));
    server.restFailures.push(503, "network", 500, 429);
    server.post("c1", "d");
    await pass(300);
    expect(recorder.client.connectionState.status).toBe("catching_up");
    await pass(10_000);
    expect(shown()).toEqual(["a", "b", "lost", "d"]);
    expect(server.asked("c1")).toEqual([2, 2, 2, 2, 2]);
    expect(recorder.client.connectionState.status).toBe("live");
  });

  it("does not hammer a database that lags behind its events", async () => {
    await inRoom();
    server.hub.emit(ServerEvent.MessageNew, { ...server.messages("c1")[0], id: "future", seq: 9 });
    await pass(60_000);
    expect(server.asked("c1").length).toBeLessThan(25);
    for (const id of ["c", "d", "e", "f", "g", "h"]) silently(() => server.post("c1", id));
    await pass(10_000);
    expect(shown()).toEqual(["a", "b", "c", "d", "e", "f", "g", "h", "future"]);
  });

  it("drops a room that the server now refuses, and reports it once", async () => {
    await inRoom();
    server.kill();
    server.refusals.set("c1", "Conversation not found");
    server.up = true;
    server.restFailures.push(404);
    await pass(60_000);
    expect(recorder.errors).toMatchObject([
      { message: "Conversation not found" },
      { cause: expect.any(JoinError) as unknown },
    ]);
    expect(server.hub.called("join_conversation").length).toBe(1);
    expect(recorder.client.connectionState.status).toBe("live");
  });

  it("joins a room again that was refused for a moment", async () => {
    await inRoom();
    server.kill();
    server.refusals.set("c1", "Too many calls");
    server.post("c1", "c");
    server.up = true;
    await pass(400);
    expect(shown()).toEqual(["a", "b", "c"]);
    server.refusals.clear();
    await pass(10_000);
    server.post("c1", "d");
    expect(shown()).toEqual(["a", "b", "c", "d"]);
  });

  it("gives up a room that is refused again and again", async () => {
    await inRoom();
    server.kill();
    server.refusals.set("c1", "No");
    server.up = true;
    await pass(300_000);
    expect(server.hub.called("join_conversation").length).toBe(11);
    expect(recorder.errors.at(-1)).toMatchObject({ message: "No", cause: expect.any(JoinError) as unknown });
  });
});

describe("waking", () => {
  it("asks for what changed, though the connection is alive", async () => {
    await inRoom();
    silently(() => server.post("c1", "lost"));
    vi.setSystemTime(Date.now() + 3600_000);
    await pass(6_000);
    expect(server.asked("c1")).toEqual([2]);
    expect(shown()).toEqual(["a", "b", "lost"]);
    expect(recorder.trace).toEqual(["connecting", "live", "catching_up: woke", "live"]);
  });
});

describe("a request that failed where no hole is known", () => {
  it("is repeated, whatever arrives in between", async () => {
    await inRoom();
    silently(() => server.post("c1", "lost"));
    server.restFailures.push(503);
    vi.setSystemTime(Date.now() + 3600_000);
    await pass(5_010);
    expect(server.asked("c1")).toEqual([2]);
    server.hub.emit(ServerEvent.MessageNew, server.messages("c1")[1]);
    await pass(10_000);
    expect(shown()).toEqual(["a", "b", "lost"]);
  });
});

describe("loading the newest page", () => {
  it("joins, starts the stream at the page, and hands out nothing that the page shows", async () => {
    await connect();
    server.post("c1", "a");
    const page = await recorder.client.loadMessages("c1", { limit: 50 });
    expect(page.messages.map(({ id }) => id)).toEqual(["a"]);
    expect(page).toMatchObject({ lastSeq: 1, total: 1 });
    expect([...server.hub.rooms]).toEqual(["c1"]);
    await pass(0);
    server.post("c1", "b");
    expect(shown()).toEqual(["b"]);
  });

  it("and earlier pages makes their messages known", async () => {
    await connect();
    for (const id of ["a", "b", "c"]) server.post("c1", id);
    await recorder.client.loadMessages("c1", { limit: 1 });
    const older = await recorder.client.loadMessages("c1", { before: 3, limit: 1 });
    expect(older.messages.map(({ id }) => id)).toEqual(["b"]);
    server.kill();
    server.setStatus("c1", "a", "read");
    server.setStatus("c1", "b", "read");
    server.up = true;
    await pass(1_000);
    expect(shown()).toEqual(["a"]);
    expect(recorder.updates.map(({ id }) => id)).toEqual(["b"]);
  });

  it("is not needed to recognize history, where the server sends created_seq", async () => {
    server.sendsCreatedSeq = true;
    await connect();
    for (const id of ["a", "b", "c"]) server.post("c1", id);
    await recorder.client.joinConversation("c1");
    server.kill();
    server.setStatus("c1", "a", "read");
    server.post("c1", "d");
    server.up = true;
    await pass(1_000);
    expect(shown()).toEqual(["d"]);
    expect(recorder.statuses.map(({ message_id }) => message_id)).toEqual(["a"]);
    expect(recorder.updates.map(({ id }) => id)).toEqual(["a"]);
  });

  it("loses no change that happens while the page is being loaded, and hands none out twice", async () => {
    await connect();
    server.post("c1", "a");
    void recorder.client.joinConversation("c1");
    await pass(0);
    server.post("c1", "b");
    let open = () => {};
    server.restGate = new Promise<void>((resolve) => (open = resolve));
    const loading = recorder.client.loadMessages("c1");
    await pass(0);
    server.post("c1", "c");
    server.setStatus("c1", "a", "read");
    open();
    expect((await loading).messages.map(({ id }) => id)).toEqual(["a", "b"]);
    // The page first, then what came after it.
    expect(shown()).toEqual(["b"]);
    await pass(0);
    expect(shown()).toEqual(["b", "c"]);
    expect(recorder.statuses.map(({ message_id }) => message_id)).toEqual(["a"]);
  });

  it("asks for the changes between a page and a later join", async () => {
    server.hangs = true;
    await connect();
    server.post("c1", "a");
    expect((await recorder.client.loadMessages("c1")).lastSeq).toBe(1);
    silently(() => server.post("c1", "b"));
    server.hangs = false;
    await pass(10_000);
    expect(server.hub.called("join_conversation")[0]!.payload).toEqual({ conversation_id: "c1", after_seq: 1 });
    expect(shown()).toEqual(["b"]);
  });

  it("leaves the position alone where the application gave afterSeq", async () => {
    await connect();
    for (const id of ["a", "b", "c"]) server.post("c1", id);
    server.join = (hub, { conversation_id }) => {
      hub.rooms.add(conversation_id);
      return { conversation_id, last_seq: 3 };
    };
    void recorder.client.joinConversation("c1", { afterSeq: 1 });
    const older = await recorder.client.loadMessages("c1", { before: 2 });
    expect(older.lastSeq).toBe(3);
    await pass(1_000);
    expect(server.asked("c1")).toEqual([1]);
    expect(recorder.seqs).toEqual([2, 3]);
  });

  it("leaves the position alone the second time", async () => {
    await connect();
    server.post("c1", "a");
    await recorder.client.loadMessages("c1");
    silently(() => server.setStatus("c1", "a", "read"));
    await recorder.client.loadMessages("c1");
    await pass(1_000);
    expect(server.asked("c1")).toEqual([1]);
    expect(recorder.updates.map(({ seq }) => seq)).toEqual([2]);
  });

  it("rejects in the server's words", async () => {
    await connect();
    server.refusals.set("none", "Conversation not found");
    await expect(recorder.client.loadMessages("none")).rejects.toMatchObject({
      status: 404,
      message: "Conversation not found",
    });
  });
});
