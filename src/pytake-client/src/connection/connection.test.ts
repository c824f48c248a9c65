import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HubMethod, ServerEvent } from "../events.js";
import type { FakeHub } from "../testing/fakeServer.js";
import { Recorder } from "../testing/recorder.js";

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const recorders: Recorder[] = [];

async function connected(options: ConstructorParameters<typeof Recorder>[1] = {}): Promise<Recorder> {
  const recorder = new Recorder(undefined, options);
  recorders.push(recorder);
  void recorder.client.connect("token-1");
  await pass(0);
  return recorder;
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(async () => {
  for (const { client } of recorders.splice(0)) await client.disconnect();
  await pass(0);
  // No timer is left after the end, and so no poll and no reconnect.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("connecting", () => {
  it("is live after the first connection, and knows its node", async () => {
    const { client, server, states } = await connected();
    expect(client.isConnected()).toBe(true);
    expect(states).toEqual([
      { status: "connecting", reason: "connecting" },
      { status: "live", reason: "live", node: "node-1" },
    ]);
    expect(server.hub.options).toMatchObject({ url: "/hubs/chat", transport: "websockets" });
  });

  it("resolves connect at the first connection, however long it takes", async () => {
    const recorder = new Recorder();
    recorders.push(recorder);
    recorder.server.up = false;
    let resolved = false;
    void recorder.client.connect("token-1").then(() => (resolved = true));
    await pass(60_000);
    expect(resolved).toBe(false);
    recorder.server.up = true;
    await pass(10_000);
    expect(resolved).toBe(true);
  });

  it("rejects connect when disconnected before, and is closed", async () => {
    const recorder = new Recorder();
    recorder.server.up = false;
    const connecting = recorder.client.connect("token-1");
    void recorder.client.disconnect();
    await expect(connecting).rejects.toThrow("disconnected");
    expect(recorder.client.connectionState).toEqual({ status: "closed", reason: "disconnected" });
    await pass(60_000);
    expect(recorder.server.hubs).toEqual([]);
  });

  it("connects once, however often it is asked to", async () => {
    const { client, server } = await connected();
    await client.connect("token-1");
    await client.connect();
    expect(server.attempts.length).toBe(1);
  });

  it("can be disconnected and connected again", async () => {
    const recorder = await connected();
    const { client, server } = recorder;
    await client.disconnect();
    expect(client.isConnected()).toBe(false);
    expect(server.live).toEqual([]);
    await client.connect("token-1");
    expect(client.isConnected()).toBe(true);
    expect(recorder.trace).toEqual(["connecting", "live", "closed: disconnected", "connecting", "live"]);
  });

  it("refuses other options while connected", async () => {
    const { client } = await connected();
    expect(() => client.configure({ baseUrl: "https://elsewhere.example" })).toThrow("Disconnect");
  });
});

describe("reconnecting", () => {
  it("is on another node within a few hundred milliseconds after one was killed", async () => {
    const { client, server } = await connected();
    server.hub.close(new Error("gone"));
    await pass(0);
    expect(client.connectionState).toMatchObject({ status: "reconnecting", reason: "connection_lost" });
    await pass(300);
    expect(client.isConnected()).toBe(true);
    expect(server.attempts.length).toBe(2);
  });

  it("never stops trying, with delays that grow to at most 10 s", async () => {
    const { client, server } = await connected({ random: () => 1 });
    server.kill();
    await pass(2 * 3600_000);
    const gaps = server.attempts.slice(1).map((at, index) => at - server.attempts[index]!);
    expect(gaps.slice(0, 6)).toEqual([300, 600, 1200, 2400, 4800, 9600]);
    expect(Math.max(...gaps)).toBe(10_000);
    expect(server.attempts.length).toBeGreaterThan(715);
    server.up = true;
    await pass(10_000);
    expect(client.isConnected()).toBe(true);
  });

  it("uses all of the delay for jitter", async () => {
    for (const random of [0, 0.5, 0.999]) {
      const { server } = await connected({ random: () => random });
      server.hub.close(new Error("gone"));
      const at = Date.now();
      await pass(1_000);
      expect(server.attempts[1]! - at).toBe(Math.floor(300 * random));
    }
  });

  it("does not hammer a server that accepts connections and drops them at once", async () => {
    const { server } = await connected();
    for (let i = 0; i < 60; i++) {
      await pass(1_000);
      server.live.forEach((hub) => hub.close(new Error("gone")));
    }
    expect(server.attempts.length).toBeLessThan(25);
  });

  it("reconnects soon after each of many short connections", async () => {
    const { client, server } = await connected({ random: () => 1 });
    for (let i = 0; i < 12; i++) {
      await pass(2_000);
      server.hub.close(new Error("gone"));
      await pass(601);
      expect(client.isConnected()).toBe(true);
    }
  });

  it("waits longer for a server that loses connections at once, until it keeps them", async () => {
    const { server } = await connected({ random: () => 1 });
    const loseAndMeasure = async () => {
      const before = server.attempts.length;
      const at = Date.now();
      server.hub.close(new Error("gone"));
      while (server.attempts.length === before) await pass(100);
      return Date.now() - at;
    };
    for (const delay of [300, 600, 1_200, 2_400, 4_800]) expect(await loseAndMeasure()).toBe(delay);
    await pass(3_000);
    expect(await loseAndMeasure()).toBe(1_200);
    await pass(60_000);
    expect(await loseAndMeasure()).toBe(300);
  });

  it("ignores the events of a connection that it has given up", async () => {
    const { server, errors } = await connected();
    const first = server.hub;
    first.emit(ServerEvent.ServerDraining, { reconnect_in_ms: 0 });
    await pass(1);
    expect(server.hub).not.toBe(first);
    first.emit(ServerEvent.Error, { message: "Still here" });
    expect(errors).toEqual([]);
  });

  it("counts a connection that is closed before the server's welcome as a failed attempt", async () => {
    const { client, server, states } = await connected();
    let welcome = () => {};
    server.welcomeGate = new Promise<void>((resolve) => (welcome = resolve));
    server.hub.close(new Error("gone"));
    await pass(300);
    server.opening.at(-1)!.close();
    await pass(0);
    expect(states.at(-1)).toMatchObject({ status: "reconnecting", reason: "connection_lost" });
    welcome();
    await pass(1_000);
    expect(client.isConnected()).toBe(true);
    expect(server.attempts.length).toBe(3);
  });

  it("gives up a connection that gets no welcome, and ignores its events", async () => {
    const { client, server } = await connected();
    let welcome = () => {};
    server.welcomeGate = new Promise<void>((resolve) => (welcome = resolve));
    server.hub.close(new Error("gone"));
    await pass(4_000);
    server.opening.at(-1)!.emit(ServerEvent.UserStatus, { user_id: "ana", status: "online" });
    expect(client.onlineUsers.has("ana")).toBe(false);
    await pass(1_500);
    welcome();
    await pass(10_000);
    expect(client.isConnected()).toBe(true);
    expect(server.live.length).toBe(1);
  });

  it("makes more attempts beside one that gets no answer, where the last node fell silent", async () => {
    const { client, server } = await connected();
    server.hangs = true;
    server.hub.close(new Error("Server timeout elapsed without receiving a message from the server."));
    await pass(300 + 1_000);
    expect(server.attempts.length).toBe(2 + 1);
    server.hangs = false;
    await pass(1_000);
    expect(client.isConnected()).toBe(true);
    expect(server.attempts.length).toBe(2 + 2);
    await pass(20_000);
    expect(server.live.length).toBe(1);
    expect(server.attempts.length).toBe(2 + 2);
  });

  it("takes the first of several attempts to be welcomed, and gives up the others", async () => {
    const { client, server, states } = await connected();
    let welcome = () => {};
    server.welcomeGate = new Promise<void>((resolve) => (welcome = resolve));
    server.hub.close(new Error("Server timeout elapsed without receiving a message from the server."));
    await pass(300 + 2_000);
    expect(server.attempts.length).toBe(2 + 2);
    welcome();
    await pass(0);
    expect(client.isConnected()).toBe(true);
    expect(server.opening.filter((hub) => hub.connected).length).toBe(1);
    expect(states.filter(({ status }) => status === "live").length).toBe(2);
  });

  it("makes five attempts at a time at most", async () => {
    const { server } = await connected({ random: () => 1 });
    server.hangs = true;
    server.hub.close(new Error("Server timeout elapsed without receiving a message from the server."));
    await pass(300 + 5_000 - 1);
    expect(server.attempts.length).toBe(1 + 5);
  });

  it("gives up an attempt that gets no answer", async () => {
    const { client, server } = await connected();
    server.hub.close(new Error("gone"));
    server.hangs = true;
    await pass(4_000);
    server.hangs = false;
    await pass(1_000 + 300 + 5_000);
    expect(client.isConnected()).toBe(true);
    expect(server.attempts.length).toBe(3);
  });

});

describe("a node that drains", () => {
  /** A client in one conversation, told to leave in 2.5 s. */
  async function leaving(): Promise<Recorder & { first: FakeHub }> {
    const recorder = await connected();
    void recorder.client.joinConversation("c1");
    await pass(0);
    const first = recorder.server.hub;
    first.emit(ServerEvent.ServerDraining, { reconnect_in_ms: 2_500 });
    return Object.assign(recorder, { first });
  }

  it("is left after the delay that the server chose, and no sooner", async () => {
    const { client, server, first } = await leaving();
    await pass(2_499);
    expect(server.attempts.length).toBe(1);
    expect(server.hub).toBe(first);
    await pass(2);
    expect(first.connected).toBe(false);
    expect(server.hub.rooms).toEqual(new Set(["c1"]));
    expect(client.connectionState.status).toBe("live");
  });

  it("is left at the sooner of two moments", async () => {
    const { server, first } = await leaving();
    first.emit(ServerEvent.ServerDraining, { reconnect_in_ms: 1_000 });
    first.emit(ServerEvent.ServerDraining, { reconnect_in_ms: 9_000 });
    await pass(999);
    expect(server.hub).toBe(first);
    await pass(2);
    expect(server.hub).not.toBe(first);
    await pass(10_000);
    expect(server.attempts.length).toBe(2);
  });

  it("is left without a moment offline", async () => {
    const recorder = await leaving();
    await pass(3_000);
    expect(recorder.trace).toEqual(["connecting", "live", "catching_up: reconnected", "live"]);
  });

  it("is listened to until the next one has welcomed the client", async () => {
    const { server, first, seqs } = await leaving();
    let welcome = () => {};
    server.welcomeGate = new Promise<void>((resolve) => (welcome = resolve));
    await pass(2_500);
    expect(server.attempts.length).toBe(2);
    server.post("c1", "m1");
    expect(seqs).toEqual([1]);
    expect(first.connected).toBe(true);
    welcome();
    await pass(0);
    expect(first.connected).toBe(false);
    server.post("c1", "m2");
    expect(seqs).toEqual([1, 2]);
  });

  it("leads to no event twice where both connections bring it, and to none lost where neither does", async () => {
    const { server, first, seqs } = await leaving();
    await pass(2_500);
    // A change that is committed while the client is in neither node's group comes with the join; the old node's event
    // for it comes late.
    server.mute = true;
    const missed = server.post("c1", "m1");
    server.mute = false;
    first.emit(ServerEvent.MessageNew, missed);
    server.post("c1", "m2");
    await pass(500);
    first.emit(ServerEvent.MessageNew, missed);
    expect(seqs).toEqual([1, 2]);
  });

  it("is kept while no other answers, and left as soon as one does", async () => {
    const { client, server, first, states } = await leaving();
    server.refusesSockets = true;
    await pass(2_500 + 3_000);
    expect(server.attempts.length).toBeGreaterThan(2);
    expect(client.isConnected()).toBe(true);
    expect(first.connected).toBe(true);
    server.refusesSockets = false;
    await pass(10_000);
    expect(first.connected).toBe(false);
    expect(client.isConnected()).toBe(true);
    expect(states.map((state) => state.status)).not.toContain("reconnecting");
  });

  it("that closes the connection during the move is replaced by the connection that was being made", async () => {
    const { server, first, states } = await leaving();
    let welcome = () => {};
    server.welcomeGate = new Promise<void>((resolve) => (welcome = resolve));
    await pass(2_500);
    first.close();
    await pass(0);
    expect(states.at(-1)).toMatchObject({ status: "reconnecting", reason: "server_closed" });
    welcome();
    await pass(0);
    expect(server.attempts.length).toBe(2);
    expect(server.hub.rooms).toEqual(new Set(["c1"]));
    expect(states.at(-1)).toMatchObject({ status: "live" });
  });

  it("that closes the connection between two attempts is replaced as after any loss", async () => {
    const { client, server, first } = await leaving();
    server.refusesSockets = true;
    await pass(2_500);
    first.close();
    server.refusesSockets = false;
    await pass(3_000);
    expect(client.isConnected()).toBe(true);
    expect(server.live.length).toBe(1);
  });

  it("does not close the connection that replaced it", async () => {
    const { server, first } = await leaving();
    first.close(new Error("gone"));
    await pass(1_000);
    const second = server.hub;
    await pass(10_000);
    expect(server.hub).toBe(second);
  });

  it("is forgotten at a disconnect, in whatever state the move is", async () => {
    for (const gate of ["startGate", "welcomeGate"] as const) {
      const { client, server } = await leaving();
      server[gate] = new Promise<void>(() => {});
      await pass(2_500);
      await client.disconnect();
      await pass(20_000);
      expect(server.live).toEqual([]);
      expect(client.connectionState).toEqual({ status: "closed", reason: "disconnected" });
    }
  });

  it.each([
    ["is closed", 1],
    ["is disconnected", 0],
  ])("leaves no connection too many when it %s, at whatever moment of the next one's welcome", async (what, left) => {
    for (let microtasks = 0; microtasks < 30; microtasks++) {
      const { client, server, first } = await leaving();
      let welcome = () => {};
      server.welcomeGate = new Promise<void>((resolve) => (welcome = resolve));
      await pass(2_500);
      welcome();
      for (let i = 0; i < microtasks; i++) await Promise.resolve();
      if (what === "is closed") first.close();
      else void client.disconnect();
      await pass(20_000);
      expect(server.live.length, `after ${microtasks} microtasks`).toBe(left);
      await client.disconnect();
    }
  });

  it("is replaced by a connection that gets the token that came meanwhile", async () => {
    const { client, server } = await leaving();
    let start = () => {};
    server.startGate = new Promise<void>((resolve) => (start = resolve));
    await pass(2_500);
    server.validTokens.add("token-2");
    void client.connect("token-2");
    await pass(0);
    start();
    await pass(0);
    expect(server.hub.token).toBe("token-2");
  });
});

describe("waking", () => {
  function page(visibilityState = "visible") {
    const document = Object.assign(new EventTarget(), { visibilityState });
    const window = new EventTarget();
    vi.stubGlobal("document", document);
    vi.stubGlobal("addEventListener", window.addEventListener.bind(window));
    vi.stubGlobal("removeEventListener", window.removeEventListener.bind(window));
    return { document, window };
  }

  it("tries again after a short random delay when the network is back", async () => {
    for (const random of [1, 0.5]) {
      const { window } = page();
      const { client, server } = await connected({ random: () => random });
      server.kill();
      await pass(60_000);
      server.up = true;
      window.dispatchEvent(new Event("online"));
      await pass(300 * random - 1);
      expect(client.isConnected()).toBe(false);
      await pass(1);
      expect(client.isConnected()).toBe(true);
    }
  });

  it("replaces an attempt that was made while the network was away, but not one that has just begun", async () => {
    const { window } = page();
    const { client, server } = await connected();
    server.hub.close(new Error("gone"));
    server.hangs = true;
    await pass(800);
    expect(server.attempts.length).toBe(2);
    window.dispatchEvent(new Event("online"));
    await pass(800);
    expect(server.attempts.length).toBe(2);
    server.hangs = false;
    window.dispatchEvent(new Event("online"));
    await pass(300);
    expect(client.isConnected()).toBe(true);
    expect(server.attempts.length).toBe(3);
  });

  it("checks whether the connection is alive when the page becomes visible", async () => {
    const { document } = page();
    const { server } = await connected();
    document.dispatchEvent(new Event("visibilitychange"));
    await pass(0);
    expect(server.hub.called(HubMethod.Ping).length).toBe(1);
    document.visibilityState = "hidden";
    document.dispatchEvent(new Event("visibilitychange"));
    await pass(0);
    expect(server.hub.called(HubMethod.Ping).length).toBe(1);
  });

  it("replaces a connection that does not answer", async () => {
    const { window } = page();
    const recorder = await connected();
    const { server } = recorder;
    const dead = server.hub;
    server.hangs = true;
    window.dispatchEvent(new Event("online"));
    await pass(2_000);
    server.hangs = false;
    await pass(1_001);
    expect(dead.connected).toBe(false);
    expect(server.hub).not.toBe(dead);
    expect(recorder.trace).toEqual(["connecting", "live", "reconnecting: unresponsive", "live"]);
  });

  it("notices that the machine slept", async () => {
    page();
    const { server } = await connected();
    await pass(30_000);
    expect(server.hub.called(HubMethod.Ping)).toEqual([]);
    vi.setSystemTime(Date.now() + 60_000);
    await pass(5_000);
    expect(server.hub.called(HubMethod.Ping).length).toBe(1);
  });

  it("does not mistake the slow timers of a hidden page for sleep", async () => {
    page("hidden");
    const { server } = await connected();
    vi.setSystemTime(Date.now() + 60_000);
    await pass(5_000);
    expect(server.hub.called(HubMethod.Ping)).toEqual([]);
  });

  it("notices that a page came from the back-forward cache", async () => {
    const { window } = page();
    const { server } = await connected();
    window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: false }));
    await pass(0);
    expect(server.hub.called(HubMethod.Ping).length).toBe(0);
    window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    await pass(0);
    expect(server.hub.called(HubMethod.Ping).length).toBe(1);
  });

  it("has no listeners left once disconnected", async () => {
    const { window } = page();
    const { client, server } = await connected();
    await client.disconnect();
    window.dispatchEvent(new Event("online"));
    await pass(0);
    expect(server.attempts.length).toBe(1);
  });
});

describe("disconnecting", () => {
  it("aborts requests in progress", async () => {
    const { client, server } = await connected();
    server.restGate = new Promise<void>(() => {});
    const loading = client.loadConversations();
    await client.disconnect();
    await expect(loading).rejects.toThrow("aborted");
  });

  it("leaves no connection behind, at whatever moment of the server's welcome it comes", async () => {
    for (let microtasks = 0; microtasks < 30; microtasks++) {
      const { client, server } = new Recorder();
      let welcome = () => {};
      server.welcomeGate = new Promise<void>((resolve) => (welcome = resolve));
      client.connect("token-1").catch(() => {});
      await pass(0);
      welcome();
      for (let i = 0; i < microtasks; i++) await Promise.resolve();
      void client.disconnect();
      await pass(20_000);
      expect(server.live, `after ${microtasks} microtasks`).toEqual([]);
      expect(client.connectionState.status).toBe("closed");
    }
  });
});

describe("a quiet connection", () => {
  it("asks the server nothing for a day", async () => {
    const { client, server } = await connected();
    await client.joinConversation("c1");
    server.restCalls.length = 0;
    const calls = server.hub.calls.length;
    await pass(24 * 3600_000);
    expect(server.restCalls).toEqual([]);
    expect(server.hub.calls.length).toBe(calls);
  });
});
