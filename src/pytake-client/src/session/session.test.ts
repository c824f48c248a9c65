import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HubMethod } from "../events.js";
import { FakeServer, jwt } from "../testing/fakeServer.js";
import { Recorder } from "../testing/recorder.js";
import { Session } from "./session.js";
import { SessionEndedError, type AccessToken } from "./tokens.js";

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const LIFE = 900;
let server: FakeServer;
let recorder: Recorder;
let issued: number;
let refused: boolean;
let away: boolean;
/** Whether the server accepts the tokens that are issued. */
let accepted: boolean;

/** A source of tokens as an application would pass it. */
async function refresh(): Promise<AccessToken> {
  issued++;
  await Promise.resolve();
  if (away) throw new TypeError("fetch failed");
  if (refused) throw new SessionEndedError();
  return { access_token: issue(issued), expires_in: LIFE };
}

function issue(n: number, sub = "me"): string {
  const now = Date.now() / 1000;
  const token = jwt({ sub, n, iat: now, exp: now + LIFE });
  if (accepted) server.validTokens.add(token);
  return token;
}

async function connect(token?: string): Promise<void> {
  void recorder.client.connect(token);
  await pass(0);
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  recorder = new Recorder(server, { tokens: { refresh } });
  issued = 0;
  refused = away = false;
  accepted = true;
});

afterEach(async () => {
  await recorder.client.disconnect();
  await pass(0);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("a token's life", () => {
  it("is extended on the live connection before it ends, again and again", async () => {
    await connect(issue(0));
    await pass(LIFE * 1000 * 10);
    expect(server.attempts.length).toBe(1);
    const calls = server.hub.called(HubMethod.Authenticate);
    expect(calls.length).toBe(issued);
    expect(issued).toBeGreaterThanOrEqual(13);
    expect(issued).toBeLessThanOrEqual(14);
    expect(server.hub.token).toBe(calls.at(-1)!.payload.token);
  });

  it("ends earlier than this clock says where it is behind the server's", async () => {
    const now = Date.now() / 1000 + 3600;
    const token = jwt({ sub: "me", iat: now, exp: now + LIFE });
    server.validTokens.add(token);
    await connect(token);
    await pass(LIFE * 1000);
    expect(server.hub.called(HubMethod.Authenticate).length).toBe(1);
  });

  it("is renewed later, when the source of tokens is away for a while", async () => {
    await connect(issue(0));
    away = true;
    await pass(LIFE * 750);
    expect(server.hub.called(HubMethod.Authenticate)).toEqual([]);
    away = false;
    await pass(10_000);
    expect(server.hub.called(HubMethod.Authenticate).length).toBe(1);
    expect(recorder.client.isConnected()).toBe(true);
  });

  it("is renewed before connecting, when it is over already", async () => {
    const old = issue(0);
    server.validTokens.delete(old);
    await pass((LIFE + 1) * 1000);
    await connect(old);
    expect(issued).toBe(1);
    expect(server.attempts.length).toBe(1);
    expect(recorder.client.isConnected()).toBe(true);
  });

  it("begins without a token, where there is a source", async () => {
    await connect();
    expect(issued).toBe(1);
    expect(recorder.client.isConnected()).toBe(true);
    expect(await recorder.client.accessToken()).toBe(server.hub.token);
  });

  it("does not lead to constant renewals, however short it is", async () => {
    let calls = 0;
    server.validTokens.add("short");
    recorder = new Recorder(server, {
      tokens: { refresh: async () => (calls++, { access_token: "short", expires_in: 0 }) },
    });
    await connect("token-1");
    await connect("short");
    await recorder.client.disconnect();
    await connect();
    await pass(10_000);
    expect(calls).toBeLessThan(15);
  });

  it("leads to a new connection, when the server does not accept the new token on the old one", async () => {
    await connect(issue(0));
    const first = server.hub;
    accepted = false;
    await pass(LIFE * 750);
    expect(issued).toBe(1);
    expect(first.connected).toBe(false);
  });
});

describe("a token that the server refuses", () => {
  it("is renewed once when connecting, and the next attempt follows at once", async () => {
    await connect(issue(0));
    server.validTokens.clear();
    server.hub.close(new Error("gone"));
    await pass(151);
    expect(issued).toBe(1);
    expect(recorder.client.isConnected()).toBe(true);
  });

  it("is renewed once for any number of requests at the same time", async () => {
    await connect(issue(0));
    for (const id of ["c1", "c2", "c3"]) server.post(id, "a");
    server.validTokens.clear();
    const pages = await Promise.all(["c1", "c2", "c3"].map((id) => recorder.client.loadMessages(id)));
    expect(pages.map(({ lastSeq }) => lastSeq)).toEqual([1, 1, 1]);
    expect(issued).toBe(1);
    expect(server.hub.called(HubMethod.Authenticate).length).toBe(1);
  });

  it("is not renewed again and again when the new one is refused as well", async () => {
    await connect(issue(0));
    server.validTokens.clear();
    accepted = false;
    server.hub.close(new Error("gone"));
    await pass(120_000);
    expect(issued).toBe(1);
    expect(recorder.client.connectionState.status).toBe("reconnecting");
  });

  it("ends the session when the renewal is refused", async () => {
    await connect(issue(0));
    await recorder.client.joinConversation("c1");
    refused = true;
    server.validTokens.clear();
    server.hub.close(new Error("gone"));
    await pass(60_000);
    expect(recorder.client.connectionState).toEqual({ status: "closed", reason: "session_ended" });
    expect(issued).toBe(1);
    expect(server.attempts.length).toBe(2);
  });

  it("ends the session when there is no source, and a new login begins another", async () => {
    recorder = new Recorder(server);
    const connecting = recorder.client.connect("old");
    await expect(Promise.all([connecting, pass(1_000)])).rejects.toThrow("session_ended");
    expect(recorder.client.connectionState).toEqual({ status: "closed", reason: "session_ended" });
    await connect("token-1");
    expect(recorder.client.isConnected()).toBe(true);
  });

  it("is noticed even when only sockets refuse it", async () => {
    await connect(issue(0));
    refused = true;
    server.refusesSockets = true;
    server.hub.close(new Error("gone"));
    await pass(30_000);
    expect(issued).toBe(1);
    expect(recorder.client.connectionState).toEqual({ status: "closed", reason: "session_ended" });
  });

  it("ends the session when the scheduled renewal is refused", async () => {
    await connect(issue(0));
    refused = true;
    await pass(LIFE * 1000);
    expect(recorder.client.connectionState).toEqual({ status: "closed", reason: "session_ended" });
    expect(issued).toBe(1);
  });

  it("ends the session when a request notices it", async () => {
    await connect(issue(0));
    refused = true;
    server.validTokens.clear();
    await expect(recorder.client.loadConversations()).rejects.toThrow(SessionEndedError);
    expect(recorder.client.connectionState).toEqual({ status: "closed", reason: "session_ended" });
  });
});

describe("another token", () => {
  it("that comes while connecting with the first is passed on right after connecting", async () => {
    let open = () => {};
    server.startGate = new Promise<void>((resolve) => (open = resolve));
    await connect(issue(0));
    const next = issue(1);
    await connect(next);
    open();
    await pass(0);
    expect(server.hub.called(HubMethod.Authenticate)).toMatchObject([{ payload: { token: next } }]);
  });

  it("that came meanwhile is used instead of renewing the stale one", async () => {
    const renewed: string[] = [];
    const session = new Session({
      source: { refresh },
      renewed: (token) => renewed.push(token),
      ended: () => {},
      random: () => 0,
    });
    session.use("old");
    const first = await session.renew("old");
    expect(await session.renew("old")).toBe(first);
    expect(renewed).toEqual([first]);
    session.close();
  });

  it("of the same user is passed on to the server", async () => {
    await connect(issue(0));
    const next = issue(1);
    await connect(next);
    expect(server.hub.called(HubMethod.Authenticate)).toMatchObject([{ payload: { token: next } }]);
    expect(server.attempts.length).toBe(1);
  });

  it("of another user starts a new session, without the rooms and positions of the first", async () => {
    await connect(issue(0));
    await recorder.client.joinConversation("c1");
    await connect(issue(1, "another user"));
    expect(server.attempts.length).toBe(2);
    expect(server.live.length).toBe(1);
    expect(server.hub.calls).toEqual([]);
  });

  it("of another user from the source ends the session", async () => {
    recorder = new Recorder(server, {
      tokens: { refresh: async () => ({ access_token: issue(1, "another user"), expires_in: LIFE }) },
    });
    await connect(issue(0));
    await pass(LIFE * 1000);
    expect(recorder.client.connectionState).toEqual({ status: "closed", reason: "session_ended" });
  });
});
