import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Conversation, Message } from "pytake-client";
import { ADMIN, AGENT, allMessages, call, cluster, conversationOf, Customer, logIn, type Login } from "../../pytake-client/src/cluster.js";
import { ask, Ear, python, signalR, socketIo } from "./ears.js";

/** As the original's browsers connect. */
const ORIGINAL = { transports: ["websocket", "polling"], reconnectionAttempts: 5 };

const [one, two] = cluster.nodes.map(({ url }) => url) as [string, string];
const ears: Ear[] = [];
let agent: Login;
let admin: Login;

async function open(name: string, url: string, options = {}, login = agent) {
  const client = await socketIo(name, url, login.access_token, options);
  ears.push(client.ear);
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
  for (const ear of ears.splice(0)) ear.close();
});

describe("clients of both doors in one room", () => {
  it("hear the same events in the same order, whatever they are and wherever they hang on", async () => {
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
    ears.push(...others);

    for (let i = 0; i < 20; i++) {
      await customer.writes(customer.text(`Line ${i}`), customer.text(`And ${i}`));
      if (i % 5 === 0) await send(id, `Answer ${i}`);
    }
    const wamid = (await allMessages(token, id)).find(({ direction }) => direction === "inbound")!.whatsapp_message_id!;
    await customer.writes(customer.reaction(wamid, "👍"));

    const everybody = [...clients.map(({ ear }) => ear), ...others];
    const isLast = ([name]: [string, unknown]) => name === "message:updated";
    for (const ear of everybody) {
      await ear.until("the reaction", () => ear.streamOf(id).some(isLast));
      await ear.until("all statuses", () => ear.streamOf(id).filter(([name]) => name === "message:status").length >= 4);
    }
    const seen = (ear: Ear) => ear.streamOf(id).filter(([name]) => name !== "message:status");
    const expected = seen(everybody[0]!);
    expect(expected).toHaveLength(45);
    for (const ear of everybody) {
      expect(seen(ear), ear.name).toEqual(expected);
      const seqs = ear.streamOf(id).map(([, { seq }]) => seq as number);
      expect(seqs, ear.name).toEqual(Array.from({ length: seqs.length }, (_, i) => seqs[0]! + i));
    }
  });

  it("see each other typing", async () => {
    const { id } = await conversation(new Customer());
    const typist = await open("typist", cluster.base_url, ORIGINAL);
    await ask(typist.socket, "join_conversation", { conversation_id: id });
    const watching = await signalR("SignalR", two, admin.access_token, id);
    ears.push(watching);

    typist.socket.emit("typing_start", { conversation_id: id });
    await watching.until("typing", () => watching.all("user_typing").some(({ typing }) => typing === true));
    typist.socket.disconnect();
    await watching.until("no typing", () => watching.all("user_typing").some(({ typing }) => typing === false));
    expect(watching.all("user_typing")[0]).toMatchObject({ conversation_id: id, user_id: agent.user.id });
  });
});

describe("Socket.IO's client", () => {
  it("works as the original uses it", async () => {
    const { id } = await conversation(new Customer());
    const { socket, ear } = await open("the original", cluster.base_url, ORIGINAL);
    await ear.until("the welcome", () => ear.all("connected").length > 0);
    expect(socket.io.engine.transport.name).toBe("websocket");

    socket.emit("join_conversation", { conversation_id: id });
    await ear.until("joined", () => ear.all("joined_conversation").length > 0);
    socket.emit("ping");
    await ear.until("pong", () => ear.all("pong").length > 0);
    socket.emit("leave_conversation", { conversation_id: id });
    await ear.until("left", () => ear.all("left_conversation").length > 0);

    expect(ear.all("error")).toEqual([]);
    expect(ear.all("left_conversation")).toEqual([{ conversation_id: id }]);
  });

  it("loses nothing and hears nothing twice while it changes from polling to a WebSocket", async () => {
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

    for (const { socket, ear } of upgraded) {
      await ear.until("all messages", () => ear.streamOf(id).length >= 61);
      expect(ear.streamOf(id).map(([, { seq }]) => seq)).toEqual(Array.from({ length: 61 }, (_, i) => i + 1));
      expect(socket.io.engine.transport.name).toBe("websocket");
      expect(ear.all("disconnect")).toEqual([]);
    }
  });

  it("is told why it is not let in", async () => {
    const { ear } = await socketIo("stranger", cluster.base_url, "nonsense", ORIGINAL);
    ears.push(ear);
    expect(ear.heard).toEqual([["connect_error", { message: "The token is not valid" }]]);
  });

  it("is told what was wrong with a call, and gets a fresh token accepted", async () => {
    const { socket, ear } = await open("client", cluster.base_url, ORIGINAL);
    expect(await ask(socket, "join_conversation", { conversation_id: randomUUID() })).toEqual({ error: "Conversation not found" });
    await ear.until("the error", () => ear.all("error").length > 0);
    expect(ear.all("error")).toEqual([{ message: "Conversation not found", code: "not_found" }]);
    expect(await ask(socket, "authenticate", { token: agent.access_token })).toMatchObject({ expires_in: expect.any(Number) });
    expect(await ask(socket, "ping")).toMatchObject({ timestamp: expect.stringMatching(/Z$/) });
  });

  it("is shown to operators by its door", async () => {
    await open("client", one, ORIGINAL);
    const nodes = async () => (await call<{ connections: Record<string, number> }[]>("/api/v1/ops/nodes", { token: admin.access_token })).body;
    const end = Date.now() + 10_000;
    while (!(await nodes()).some(({ connections }) => (connections.socketio ?? 0) > 0)) expect(Date.now(), "no node shows it").toBeLessThan(end);
  });

  it("is sent away with its session", async () => {
    const login = await logIn(AGENT);
    const { ear } = await open("client", two, ORIGINAL, login);
    await call("/api/v1/auth/logout", { method: "POST", token: login.access_token, body: { refresh_token: login.refresh_token } });
    await ear.until("the end", () => ear.all("disconnect").length > 0);
    expect(ear.all("disconnect")).toEqual([{ reason: "io server disconnect" }]);
  });
});
