import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HubMethod, ServerEvent, type UserStatus, type UserTyping } from "../events.js";
import { Recorder } from "../testing/recorder.js";

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
let recorder: Recorder;

beforeEach(async () => {
  vi.useFakeTimers();
  recorder = new Recorder();
  void recorder.client.connect("token-1");
  await pass(0);
  await recorder.client.joinConversation("c1");
});

afterEach(async () => {
  await recorder.client.disconnect();
  await pass(0);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("the user's own typing", () => {
  it("is sent every few seconds, however often startTyping is called", async () => {
    for (let i = 0; i < 50; i++) {
      recorder.client.startTyping("c1");
      await pass(100);
    }
    expect(recorder.server.hub.called(HubMethod.TypingStart).map(({ payload }) => payload)).toEqual([
      { conversation_id: "c1" },
      { conversation_id: "c1" },
    ]);
  });

  it("is sent again at once after it stopped", () => {
    recorder.client.startTyping("c1");
    recorder.client.stopTyping("c1");
    recorder.client.startTyping("c1");
    const said = recorder.server.hub.calls.map(({ method }) => method).slice(-3);
    expect(said).toEqual([HubMethod.TypingStart, HubMethod.TypingStop, HubMethod.TypingStart]);
  });

  it("is dropped while offline", async () => {
    recorder.server.kill();
    await pass(0);
    recorder.client.startTyping("c1");
    recorder.client.stopTyping("c1");
    recorder.server.up = true;
    await pass(1_000);
    expect(recorder.server.hub.calls.map(({ method }) => method)).toEqual([HubMethod.JoinConversation]);
    recorder.client.startTyping("c1");
    expect(recorder.server.hub.called(HubMethod.TypingStart).length).toBe(1);
  });
});

describe("other users' typing", () => {
  const typing = (on: boolean): UserTyping => ({ conversation_id: "c1", user_id: "ana", user_name: "Ana", typing: on });
  let heard: UserTyping[];

  beforeEach(() => {
    heard = [];
    recorder.client.onTyping((event) => heard.push(event));
    recorder.server.hub.emit(ServerEvent.UserTyping, typing(true));
  });

  it("is handed out", () => {
    recorder.server.hub.emit(ServerEvent.UserTyping, typing(false));
    expect(heard).toEqual([typing(true), typing(false)]);
  });

  it("ends when the connection goes", async () => {
    recorder.server.kill();
    await pass(0);
    expect(heard).toEqual([typing(true), typing(false)]);
  });

  it("ends when the room is left", () => {
    recorder.client.leaveConversation("c1");
    expect(heard).toEqual([typing(true), typing(false)]);
  });

  it("ends by itself when the server's event is lost", async () => {
    await pass(6_000);
    recorder.server.hub.emit(ServerEvent.UserTyping, typing(true));
    await pass(9_000);
    expect(heard).toEqual([typing(true), typing(true)]);
    await pass(1_000);
    expect(heard).toEqual([typing(true), typing(true), typing(false)]);
  });
});

describe("presence", () => {
  it("follows the server's events", () => {
    const heard: UserStatus[] = [];
    recorder.client.onUserStatus((status) => heard.push(status));
    expect([...recorder.client.onlineUsers]).toEqual(["me"]);
    recorder.server.hub.emit(ServerEvent.UserStatus, { user_id: "ana", status: "online" });
    recorder.server.hub.emit(ServerEvent.UserStatus, { user_id: "me", status: "offline" });
    expect([...recorder.client.onlineUsers]).toEqual(["ana"]);
    expect(heard.length).toBe(2);
  });

  it("reports after a reconnect the users who came online or went offline meanwhile", async () => {
    const heard: UserStatus[] = [];
    let snapshots = 0;
    recorder.client.onUserStatus((status) => heard.push(status));
    recorder.client.onPresenceSnapshot(() => snapshots++);
    recorder.server.kill();
    recorder.server.snapshot = [{ user_id: "ana", status: "online" }];
    recorder.server.up = true;
    await pass(1_000);
    expect(heard).toEqual([
      { user_id: "me", status: "offline" },
      { user_id: "ana", status: "online" },
    ]);
    expect(snapshots).toBe(1);
  });

  it("hands unread counts on as they are", () => {
    recorder.server.hub.emit(ServerEvent.UnreadUpdate, { conversation_id: "c1", unread_count: 0 });
    expect(recorder.unread).toEqual([{ conversation_id: "c1", unread_count: 0 }]);
  });
});
