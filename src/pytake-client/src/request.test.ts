import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SocketClient } from "./client.js";
import { ServerEvent, type ConversationViewers } from "./events.js";
import { FakeServer } from "./testing/fakeServer.js";

let server: FakeServer;
let client: SocketClient;
let calls: { url: string; init: RequestInit }[];
let answers: Response[];

beforeEach(async () => {
  server = new FakeServer();
  calls = [];
  answers = [];
  client = new SocketClient({
    createHub: server.createHub,
    fetch: async (url, init = {}) => {
      calls.push({ url, init });
      return answers.shift() ?? Response.json({});
    },
    tokens: { refresh: () => Promise.resolve({ access_token: "token-2", expires_in: 900 }) },
  });
  void client.connect("token-1");
});

afterEach(() => client.disconnect());

const header = (name: string) => new Headers(calls.at(-1)!.init.headers).get(name);

describe("a request of the application's own", () => {
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

  it("rejects in the server's words", async () => {
    answers = [Response.json({ detail: "Only a template may be sent" }, { status: 409 })];
    await expect(client.request("/api/v1/things")).rejects.toMatchObject({
      status: 409,
      message: "Only a template may be sent",
    });
  });

  it("needs a connection that was asked for", async () => {
    await client.disconnect();
    await expect(client.request("/api/v1/things")).rejects.toThrow("Connect first");
  });
});

describe("who has a conversation open", () => {
  it("is told as the server tells it", async () => {
    const heard: ConversationViewers[] = [];
    client.onViewers((viewers) => heard.push(viewers));
    await vi.waitFor(() => expect(client.isConnected()).toBe(true));
    const viewers = { conversation_id: "c1", users: [{ user_id: "u1", user_name: "Ana" }] };
    server.hub.emit(ServerEvent.Viewers, viewers);
    expect(heard).toEqual([viewers]);
  });
});
