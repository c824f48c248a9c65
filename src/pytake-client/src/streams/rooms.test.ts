import { describe, expect, it } from "vitest";
import { HubMethod, ServerEvent } from "../events.js";
import { connect, pass, recorder, server, useScene } from "../testing/scene.js";
import { JoinError } from "./room.js";

useScene();

describe("joining", () => {
  it("starts at the number at the join, and hands out later changes", async () => {
    await connect();
    server.post("c1", "old");
    expect(await recorder.client.joinConversation("c1")).toEqual({ conversation_id: "c1", last_seq: 1 });
    server.post("c1", "a");
    server.setStatus("c1", "a", "read");
    server.edit("c1", "a", "better");
    expect(recorder.news.map(({ id }) => id)).toEqual(["a"]);
    expect(recorder.statuses.map(({ status }) => status)).toEqual(["read"]);
    expect(recorder.updates.map(({ content }) => content)).toEqual([{ text: "better" }]);
    expect(recorder.seqs).toEqual([2, 3, 4]);
    expect(server.asked("c1")).toEqual([]);
  });

  it("hands out everything after afterSeq", async () => {
    await connect();
    for (const id of ["a", "b", "c"]) server.post("c1", id);
    await recorder.client.joinConversation("c1", { afterSeq: 1 });
    expect(recorder.news.map(({ id }) => id)).toEqual(["b", "c"]);
  });

  it("counts events that come before the answer to the join", async () => {
    await connect();
    server.post("c1", "a");
    const joining = recorder.client.joinConversation("c1");
    server.hub.emit(ServerEvent.MessageNew, { ...server.messages("c1")[0], id: "b", seq: 2 });
    server.room("c1").lastSeq = 2;
    server.hub.emit(ServerEvent.MessageNew, { ...server.messages("c1")[0], id: "c", seq: 3 });
    await joining;
    expect(recorder.news.map(({ id }) => id)).toEqual(["c"]);
  });

  it("is remembered while offline, and before connect", async () => {
    const joining = recorder.client.joinConversation("c1");
    await connect();
    expect(await joining).toEqual({ conversation_id: "c1", last_seq: 0 });
    server.kill();
    await pass(0);
    const second = recorder.client.joinConversation("c2");
    server.up = true;
    await pass(10_000);
    expect((await second).conversation_id).toBe("c2");
    expect([...server.hub.rooms]).toEqual(["c1", "c2"]);
  });

  it("twice is the same as once", async () => {
    await connect();
    const [first, second] = [recorder.client.joinConversation("c1"), recorder.client.joinConversation("c1")];
    expect(await first).toEqual(await second);
    expect(server.hub.called(HubMethod.JoinConversation).length).toBe(1);
  });

  it("rejects in the server's words when refused, and is not tried again", async () => {
    await connect();
    server.refusals.set("c1", "Conversation not found");
    const joining = recorder.client.joinConversation("c1");
    await expect(joining).rejects.toThrow(new JoinError("c1", "Conversation not found"));
    expect(recorder.errors).toMatchObject([{ message: "Conversation not found" }]);
    server.hub.close(new Error("gone"));
    await pass(60_000);
    expect(recorder.client.isConnected()).toBe(true);
    expect(server.hub.called(HubMethod.JoinConversation)).toEqual([]);
  });

  it("is tried again when the server refuses it for a moment, since the conversation exists", async () => {
    await connect();
    server.post("c1", "old");
    server.refusals.set("c1", "The service is temporarily unavailable, try again");
    const page = await recorder.client.loadMessages("c1");
    expect(page.lastSeq).toBe(1);
    await pass(10);
    server.refusals.clear();
    await pass(1_000);
    server.post("c1", "a");
    expect(recorder.news.map(({ id }) => id)).toEqual(["a"]);
    expect(await recorder.client.joinConversation("c1")).toEqual({ conversation_id: "c1", last_seq: 1 });
  });

  it("is tried again without a page as well, a limited number of times", async () => {
    await connect();
    server.post("c1", "old");
    server.refusals.set("c1", "Too many conversations are open on this connection");
    const joining = recorder.client.joinConversation("c1");
    await pass(300);
    expect(server.hub.called(HubMethod.JoinConversation).length).toBeGreaterThan(1);
    await Promise.all([expect(joining).rejects.toThrow("Too many conversations"), pass(300_000)]);
    expect(server.hub.called(HubMethod.JoinConversation).length).toBe(11);
  });

  it("may be refused without an unhandled rejection", async () => {
    await connect();
    server.refusals.set("c1", "Conversation not found");
    void recorder.client.joinConversation("c1");
    await pass(1_000);
    expect(recorder.errors.length).toBe(1);
  });

  it("goes on trying when the call failed, but was not refused", async () => {
    await connect();
    const join = server.join.bind(server);
    let failures = 3;
    server.join = (hub, request) => {
      if (failures-- > 0) throw new Error("An unexpected error occurred invoking 'join_conversation' on the server.");
      return join(hub, request);
    };
    const joining = recorder.client.joinConversation("c1");
    await pass(20_000);
    expect(await joining).toEqual({ conversation_id: "c1", last_seq: 0 });
  });

  it("survives a connection that breaks during the join", async () => {
    await connect();
    const joining = recorder.client.joinConversation("c1");
    server.hub.close(new Error("gone"));
    await pass(1_000);
    expect((await joining).conversation_id).toBe("c1");
    expect(recorder.errors).toEqual([]);
  });
});

describe("leaving", () => {
  it("tells the server, and ends what is handed out", async () => {
    await connect();
    await recorder.client.joinConversation("c1");
    recorder.client.leaveConversation("c1");
    await pass(0);
    expect(server.hub.called(HubMethod.LeaveConversation)).toMatchObject([{ payload: { conversation_id: "c1" } }]);
    server.hub.emit(ServerEvent.MessageNew, server.post("c1", "a"));
    expect(recorder.news).toEqual([]);
  });

  it("before the join was sent rejects the join, which is not sent", async () => {
    const joining = recorder.client.joinConversation("c1");
    recorder.client.leaveConversation("c1");
    await expect(joining).rejects.toThrow("Left");
    await connect();
    expect(server.hub.called(HubMethod.JoinConversation)).toEqual([]);
  });

  it("while the join is in progress asks for no changes", async () => {
    await connect();
    for (const id of ["a", "b", "c"]) server.post("c1", id);
    void recorder.client.joinConversation("c1", { afterSeq: 0 });
    server.mute = true;
    recorder.client.leaveConversation("c1");
    await pass(1_000);
    expect(recorder.news).toEqual([]);
    expect(server.asked("c1")).toEqual([]);
  });

  it("and joining again at once ends in the room", async () => {
    await connect();
    void recorder.client.joinConversation("c1");
    recorder.client.leaveConversation("c1");
    await recorder.client.joinConversation("c1");
    expect([...server.hub.rooms]).toEqual(["c1"]);
    server.post("c1", "a");
    expect(recorder.news.map(({ id }) => id)).toEqual(["a"]);
  });

  it("from within a callback ends a batch that is being handed out", async () => {
    await connect();
    for (const id of ["a", "b", "c"]) server.post("c1", id);
    recorder.client.onNewMessage(() => recorder.client.leaveConversation("c1"));
    server.mute = true;
    void recorder.client.joinConversation("c1", { afterSeq: 0 });
    await pass(1_000);
    expect(recorder.news.map(({ id }) => id)).toEqual(["a"]);
  });

  it("happens to all rooms on disconnect", async () => {
    await connect();
    await recorder.client.joinConversation("c1");
    await recorder.client.disconnect();
    await connect();
    expect(server.hub.called(HubMethod.JoinConversation)).toEqual([]);
  });
});

describe("subscriptions", () => {
  it("end by the function they returned, each on its own", async () => {
    await connect();
    await recorder.client.joinConversation("c1");
    let calls = 0;
    const callback = () => void calls++;
    const unsubscribe = recorder.client.onNewMessage(callback);
    recorder.client.onNewMessage(callback);
    server.post("c1", "a");
    unsubscribe();
    unsubscribe();
    server.post("c1", "b");
    expect(calls).toBe(3);
  });

  it("that throw are reported and do not stop the others", async () => {
    await connect();
    await recorder.client.joinConversation("c1");
    const later: string[] = [];
    recorder.client.onNewMessage(() => {
      throw new Error("oops");
    });
    recorder.client.onNewMessage(({ id }) => later.push(id));
    server.post("c1", "a");
    server.post("c1", "b");
    expect(later).toEqual(["a", "b"]);
    expect(recorder.errors.map(({ cause }) => (cause as Error).message)).toEqual(["oops", "oops"]);
  });

  it("receive the server's errors", async () => {
    await connect();
    server.hub.emit(ServerEvent.Error, { message: "Too many calls", code: "rate_limited" });
    expect(recorder.errors).toEqual([{ message: "Too many calls", code: "rate_limited" }]);
  });
});
