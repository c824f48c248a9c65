import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SocketClient } from "../client.js";
import { ServerEvent, type ConversationViewers } from "../events.js";
import { FakeServer } from "../testing/fakeServer.js";

let server: FakeServer;
let client: SocketClient;
let calls: { url: string; init: RequestInit }[];
let answers: Response[];
/** How many of the next requests get no answer. */
let silent: number;

beforeEach(async () => {
  vi.useFakeTimers();
  server = new FakeServer();
  calls = [];
  answers = [];
  silent = 0;
  client = new SocketClient({
    createHub: server.createHub,
    fetch: async (url, init = {}) => {
      calls.push({ url, init });
      if (silent-- > 0) await new Promise((_, reject) => init.signal!.addEventListener("abort", () => reject(new Error("aborted"))));
      return answers.shift() ?? Response.json({});
    },
    tokens: { refresh: () => Promise.resolve({ access_token: "token-2", expires_in: 900 }) },
  });
  void client.connect("token-1");
});

afterEach(async () => {
  await client.disconnect();
  vi.useRealTimers();
});

const header = (name: string) => new Headers(calls.at(-1)!.init.headers).get(name);

describe("an application's request", () => {
  it("has the session's token, its method, its query and its body", async () => {
    answers = [Response.json({ id: "m1" }, { status: 201, headers: { "X-Last-Seq": "7" } })];
    const answer = await client.request<{ id: string }>("/api/v1/things", {
      method: "POST",
      query: { limit: 1, before: undefined },
      body: { text: "olá" },
    });
    expect(answer.body).toEqual({ id: "m1" });
    expect(answer.headers.get("X-Last-Seq")).toBe("7");
    expect(calls.at(-1)).toMatchObject({ url: "/api/v1/things?limit=1", init: { method: "POST", body: '{"text":"olá"}' } });
    expect(header("Authorization")).toBe("Bearer token-1");
    expect(header("Content-Type")).toBe("application/json");
  });

  it("is sent again with a new token where the server refuses the old one", async () => {
    answers = [Response.json({}, { status: 401 }), Response.json({ done: true })];
    const { body } = await client.request("/api/v1/things", { method: "DELETE" });
    expect(body).toEqual({ done: true });
    expect(calls.at(-1)!.init.method).toBe("DELETE");
    expect(header("Authorization")).toBe("Bearer token-2");
  });

  it("may be answered with nothing", async () => {
    answers = [new Response(null, { status: 204 })];
    expect((await client.request("/api/v1/things/1", { method: "DELETE" })).body).toBeUndefined();
  });

  it("tells after how many seconds to ask again", async () => {
    answers = [Response.json({ detail: "Too many requests" }, { status: 429, headers: { "Retry-After": "40" } })];
    await expect(client.request("/api/v1/things")).rejects.toMatchObject({ status: 429, retryAfter: 40 });
    answers = [new Response("busy", { status: 503, headers: { "Retry-After": "Tue, 01 Dec 2026 17:00:00 GMT" } })];
    await expect(client.request("/api/v1/things", { method: "POST" })).rejects.toMatchObject({ status: 503, retryAfter: undefined });
  });

  it("rejects in the server's words", async () => {
    answers = [Response.json({ detail: "Only a template may be sent" }, { status: 409 })];
    await expect(client.request("/api/v1/things")).rejects.toMatchObject({
      status: 409,
      message: "Only a template may be sent",
    });
  });

  it("is sent again beside the first where no answer comes, and the first answer counts", async () => {
    silent = 2;
    const asked = client.request<{ name: string }>("/api/v1/things");
    await vi.advanceTimersByTimeAsync(3_999);
    expect(calls.length).toBe(2);
    answers = [Response.json({ name: "third" })];
    await vi.advanceTimersByTimeAsync(1);
    expect((await asked).body).toEqual({ name: "third" });
    expect(calls.length).toBe(3);
    expect(calls.slice(0, 2).every(({ init }) => init.signal!.aborted)).toBe(true);
    expect(calls.every(({ url }) => url === "/api/v1/things")).toBe(true);
  });

  it("is sent once where it is not a GET, unless it is repeatable", async () => {
    silent = 3;
    const once = client.request("/api/v1/things", { method: "POST", body: {} });
    once.catch(() => {});
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls.length).toBe(1);
    answers = [Response.json({})];
    const keyed = client.request("/api/v1/things", { method: "POST", body: { client_message_id: "k1" }, repeatable: true });
    await vi.advanceTimersByTimeAsync(4_000);
    await keyed;
    expect(calls.slice(1).map(({ init }) => init.body)).toEqual(Array(3).fill('{"client_message_id":"k1"}'));
  });

  it("times out when none of the attempts is answered", async () => {
    silent = 3;
    const asked = client.request("/api/v1/things");
    const refused = expect(asked).rejects.toThrow();
    await vi.advanceTimersByTimeAsync(15_000);
    await refused;
    expect(calls.length).toBe(3);
  });

  it("is rejected before connect", async () => {
    await client.disconnect();
    await expect(client.request("/api/v1/things")).rejects.toThrow("Connect first");
  });
});

describe("the users who have a conversation open", () => {
  it("are handed out as the server sends them", async () => {
    const heard: ConversationViewers[] = [];
    client.onViewers((viewers) => heard.push(viewers));
    await vi.waitFor(() => expect(client.isConnected()).toBe(true));
    const viewers = { conversation_id: "c1", users: [{ user_id: "u1", user_name: "Ana" }] };
    server.hub.emit(ServerEvent.Viewers, viewers);
    expect(heard).toEqual([viewers]);
  });
});
