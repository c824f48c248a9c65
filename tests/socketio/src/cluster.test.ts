import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Conversation, Message } from "pytake-client";
import { ADMIN, AGENT, allMessages, call, cluster, conversationOf, Customer, logIn, type Login } from "../../pytake-client/src/cluster.js";
import { ask, EventLog, python, signalR, socketIo } from "./clients.js";

/** The options of the browsers of the service that PyTake replaces. */
const ORIGINAL = { transports: ["websocket", "polling"], reconnectionAttempts: 5 };

const [one, two] = cluster.nodes.map(({ url }) => url) as [string, string];
const logs: EventLog[] = [];
let agent: Login;
let admin: Login;

async function open(name: string, url: string, options = {}, login = agent) {
  const client = await socketIo(name, url, login.access_token, options);
  logs.push(client.log);
  return client;
}

/** A conversation that a customer has just begun. */
async function conversation(customer: Customer): Promise<Conversation> {
  await customer.writes(customer.text("Hello"));
  for (;;) {
    const found = await conversationOf(agent.access_token, customer.from);
    if (found) return found;
  }
}

async function send(conversationId: string, text: string): Promise<Message> {
  const path = `/api/v1/conversations/${conversationId}/messages`;
  const body = { message_type: "text", content: { text }, client_message_id: randomUUID() };
  return (await call<Message>(path, { method: "POST", token: agent.access_token, body })).body;
}

beforeAll(async () => {
  [agent, admin] = await Promise.all([logIn(AGENT), logIn(ADMIN)]);
});

afterEach(() => {
  for (const log of logs.splice(0)) log.close();
});

describe("clients of both endpoints in one room", () => {
  it("receive the same events in the same order, over every transport and on every node", async () => {
    const customer = new Customer();
    const { id } = await conversation(customer);
    const token = agent.access_token;
    const clients = await Promise.all([
      open("the original", cluster.base_url, ORIGINAL),
      open("websocket on the first node", one, { transports: ["websocket"] }, admin),
      open("websocket on the second node", two, { transports: ["websocket"] }),
      open("polling on the second node", two, { transports: ["polling"] }),
      open("polling through nginx, without cookies", cluster.base_url, { transports: ["polling"] }),
      open("from polling to websocket through nginx", cluster.base_url, {}),
    ]);
    for (const { socket } of clients) expect(await ask(socket, "join_conversation", { conversation_id: id })).toMatchObject({ conversation_id: id });
    const others = await Promise.all([
      signalR("SignalR on the first node", one, token, id),
      signalR("SignalR on the second node", two, admin.access_token, id),
      // It sends an Origin as browsers do, which the nodes compare with the address that people use.
      python("Python, websocket through nginx", cluster.base_url, "websocket", token, id),
      python("Python, polling through nginx", cluster.base_url, "polling", token, id),
    ]);
    logs.push(...others);

    for (let i = 0; i < 20; i++) {
      await customer.writes(customer.text(`Line ${i}`), customer.text(`And ${i}`));
      if (i % 5 === 0) await send(id, `Answer ${i}`);
    }
    const wamid = (await allMessages(token, id)).find(({ direction }) => direction === "inbound")!.whatsapp_message_id!;
    await customer.writes(customer.reaction(wamid, "👍"));

    const all = [...clients.map(({ log }) => log), ...others];
    const isLast = ([name]: [string, unknown]) => name === "message:updated";
    for (const log of all) {
      await log.until("the reaction", () => log.streamOf(id).some(isLast));
      await log.until("all statuses", () => log.streamOf(id).filter(([name]) => name === "message:status").length >= 4);
    }
    const seen = (log: EventLog) => log.streamOf(id).filter(([name]) => name !== "message:status");
    const expected = seen(all[0]!);
    expect(expected).toHaveLength(45);
    for (const log of all) {
      expect(seen(log), log.name).toEqual(expected);
      const seqs = log.streamOf(id).map(([, { seq }]) => seq as number);
      expect(seqs, log.name).toEqual(Array.from({ length: seqs.length }, (_, i) => seqs[0]! + i));
    }
  });

  it("watch a view of the list", async () => {
    const { id } = await conversation(new Customer());
    const clients = await Promise.all([
      open("the original", cluster.base_url, ORIGINAL),
      open("polling on the second node", two, { transports: ["polling"] }),
    ]);
    const answers = await Promise.all(clients.map(({ socket }) => ask(socket, "watch_conversations", { view: "mine", limit: 50 })));
    const act = (action: string, body: object) => call(`/api/v1/conversations/${id}/${action}`, { method: "POST", token: agent.access_token, body });
    await act("assign", { agent_id: agent.user.id });
    for (const { log } of clients) await log.until("it came", () => log.all("conversation:updated").some((event) => event.id === id));
    await act("close", {});
    for (const [index, { log }] of clients.entries()) {
      const { view, inbox_seq, counts } = answers[index];
      expect(view).toBe("mine");
      await log.until("it left", () => log.all("conversation:removed").some(({ conversation_id }) => conversation_id === id));
      const events = log.received.filter(([name]) => name === "conversation:updated" || name === "conversation:removed");
      const ranges = events.map(([, { prev_inbox_seq, inbox_seq }]) => [prev_inbox_seq, inbox_seq] as [number, number]);
      expect(ranges[0]![0]).toBeLessThanOrEqual(inbox_seq);
      expect(ranges.slice(1).map(([from]) => from)).toEqual(ranges.slice(0, -1).map(([, to]) => to));
      await log.until("the counts", () => log.all("conversation:counts").at(-1)?.mine === counts.mine);
    }
    await ask(clients[0]!.socket, "unwatch_conversations");
  });

  it("see each other typing", async () => {
    const { id } = await conversation(new Customer());
    const typist = await open("typist", cluster.base_url, ORIGINAL);
    await ask(typist.socket, "join_conversation", { conversation_id: id });
    const watching = await signalR("SignalR", two, admin.access_token, id);
    logs.push(watching);

    typist.socket.emit("typing_start", { conversation_id: id });
    await watching.until("typing", () => watching.all("user_typing").some(({ typing }) => typing === true));
    typist.socket.disconnect();
    await watching.until("no typing", () => watching.all("user_typing").some(({ typing }) => typing === false));
    expect(watching.all("user_typing")[0]).toMatchObject({ conversation_id: id, user_id: agent.user.id });
  });
});

describe("Socket.IO's client", () => {
  it("works with the options of the service that PyTake replaces", async () => {
    const { id } = await conversation(new Customer());
    const { socket, log } = await open("the original", cluster.base_url, ORIGINAL);
    await log.until("the welcome", () => log.all("connected").length > 0);
    expect(socket.io.engine.transport.name).toBe("websocket");

    socket.emit("join_conversation", { conversation_id: id });
    await log.until("joined", () => log.all("joined_conversation").length > 0);
    socket.emit("ping");
    await log.until("pong", () => log.all("pong").length > 0);
    socket.emit("leave_conversation", { conversation_id: id });
    await log.until("left", () => log.all("left_conversation").length > 0);

    expect(log.all("error")).toEqual([]);
    expect(log.all("left_conversation")).toEqual([{ conversation_id: id }]);
  });

  it("receives every event once while it changes from polling to a WebSocket", async () => {
    const customer = new Customer();
    const { id } = await conversation(customer);
    const writing = (async () => {
      for (let i = 0; i < 60; i++) await customer.writes(customer.text(`Line ${i}`));
    })();
    const upgraded = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const client = await open(`client ${i}`, i % 2 ? cluster.base_url : one, { transports: ["polling", "websocket"] });
        await ask(client.socket, "join_conversation", { conversation_id: id, after_seq: 0 });
        return client;
      }),
    );
    await writing;

    for (const { socket, log } of upgraded) {
      await log.until("all messages", () => log.streamOf(id).length >= 61);
      expect(log.streamOf(id).map(([, { seq }]) => seq)).toEqual(Array.from({ length: 61 }, (_, i) => i + 1));
      expect(socket.io.engine.transport.name).toBe("websocket");
      expect(log.all("disconnect")).toEqual([]);
    }
  });

  it("receives the reason why it is not accepted", async () => {
    const { log } = await socketIo("stranger", cluster.base_url, "nonsense", ORIGINAL);
    logs.push(log);
    expect(log.received).toEqual([["connect_error", { message: "The token is not valid" }]]);
  });

  it("receives the error of a call, and can authenticate with a new token", async () => {
    const { socket, log } = await open("client", cluster.base_url, ORIGINAL);
    expect(await ask(socket, "join_conversation", { conversation_id: randomUUID() })).toEqual({ error: "Conversation not found" });
    await log.until("the error", () => log.all("error").length > 0);
    expect(log.all("error")).toEqual([{ message: "Conversation not found", code: "not_found" }]);
    expect(await ask(socket, "authenticate", { token: agent.access_token })).toMatchObject({ expires_in: expect.any(Number) });
    expect(await ask(socket, "ping")).toMatchObject({ timestamp: expect.stringMatching(/Z$/) });
  });

  it("is counted for operators under its endpoint", async () => {
    await open("client", one, ORIGINAL);
    const nodes = async () => (await call<{ connections: Record<string, number> }[]>("/api/v1/ops/nodes", { token: admin.access_token })).body;
    const end = Date.now() + 10_000;
    while (!(await nodes()).some(({ connections }) => (connections.socketio ?? 0) > 0)) expect(Date.now(), "no node shows it").toBeLessThan(end);
  });

  it("is disconnected when its session ends", async () => {
    const login = await logIn(AGENT);
    const { log } = await open("client", two, ORIGINAL, login);
    await call("/api/v1/auth/logout", { method: "POST", token: login.access_token, body: { refresh_token: login.refresh_token } });
    await log.until("the end", () => log.all("disconnect").length > 0);
    expect(log.all("disconnect")).toEqual([{ reason: "io server disconnect" }]);
  });
});
