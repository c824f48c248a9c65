import { randomUUID } from "node:crypto";
import { JoinError, SocketClient, WatchError, type Conversation, type ConversationView, type Message, type UserTyping } from "pytake-client";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ADMIN, AGENT, allMessages, call, cluster, conversationOf, Customer, logIn, type Login } from "./cluster.js";
import { Inbox, shown } from "./inbox.js";

let agent: Login;
let admin: Login;
const clients: SocketClient[] = [];

const [one, two] = cluster.nodes.map(({ url }) => url);
const everywhere = [one!, two!, cluster.base_url];

async function open(baseUrl: string, login = agent, view: ConversationView = "open"): Promise<Inbox> {
  // Small delays, so that the tests do not wait long for a connection that was mended.
  const inbox = new Inbox(baseUrl, { random: () => 0.05 });
  clients.push(inbox.client);
  await inbox.client.connect(login.access_token);
  await inbox.client.watchConversations({ view, limit: 100 });
  return inbox;
}

/** Lets a customer write for the first time, and returns the conversation that this opens. */
async function firstContact(inbox: Inbox, customer: Customer): Promise<Conversation> {
  await customer.writes(customer.text("Hello"));
  return inbox.until("the conversation in the list", () =>
    [...inbox.conversations.values()].find(({ contact }) => contact.whatsapp_id === customer.from),
  );
}

async function act(conversationId: string, action: string, body: object): Promise<void> {
  await call(`/api/v1/conversations/${conversationId}/${action}`, { method: "POST", token: agent.access_token, body });
}

async function send(conversationId: string, text: string): Promise<Message> {
  const path = `/api/v1/conversations/${conversationId}/messages`;
  const message = { message_type: "text", content: { text }, client_message_id: randomUUID() };
  return (await call<Message>(path, { method: "POST", token: agent.access_token, body: message })).body;
}

/** Sends an answer and waits until it is read, which is the last status, so that it will not change later. */
async function answerThatIsRead(inbox: Inbox, customer: Customer, conversationId: string): Promise<void> {
  const message = await send(conversationId, "Answered before");
  const reaches = (status: string) => inbox.until(status, () => inbox.screen.get(message.id)?.status === status);
  await inbox.until("sent", () => (inbox.screen.get(message.id)?.status ?? "pending") !== "pending");
  const rows = await allMessages(agent.access_token, conversationId);
  await customer.receives(rows.find(({ id }) => id === message.id)!.whatsapp_message_id!, "read");
  await reaches("read");
}

beforeAll(async () => {
  [agent, admin] = await Promise.all([logIn(AGENT), logIn(ADMIN)]);
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.disconnect()));
});

describe("a customer's messages", () => {
  it("reach agents on every node and through nginx, each once, with the right numbers", async () => {
    const customer = new Customer();
    const inboxes = await Promise.all(everywhere.map((url) => open(url)));
    const conversation = await firstContact(inboxes[0]!, customer);
    await Promise.all(inboxes.map(({ client }) => client.joinConversation(conversation.id, { afterSeq: 0 })));

    const texts = Array.from({ length: 20 }, (_, i) => `Line ${i}`);
    for (const text of texts) await customer.writes(customer.text(text));
    for (const inbox of inboxes) await inbox.until("all messages", () => inbox.news.length === 21);

    const truth = await allMessages(agent.access_token, conversation.id);
    expect(truth.map(({ seq }) => seq)).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
    for (const inbox of inboxes) {
      expect(inbox.seqs).toEqual(truth.map(({ seq }) => seq));
      expect(inbox.rows).toEqual(truth.map(shown));
      expect(inbox.news.map(({ content }) => content.text)).toEqual(["Hello", ...texts]);
    }
    expect((await conversationOf(agent.access_token, customer.from))?.id).toBe(conversation.id);
  });

  it("continue a page that was loaded, without a gap and without a repetition", async () => {
    const customer = new Customer();
    const inbox = await open(cluster.base_url);
    const { id } = await firstContact(inbox, customer);
    const writing = (async () => {
      for (let i = 0; i < 30; i++) await customer.writes(customer.text(`Line ${i}`));
    })();
    const page = await inbox.client.loadMessages(id);
    inbox.load(page.messages);
    await writing;
    await inbox.until("all messages", () => inbox.screen.size === 31);
    const loaded = new Set(page.messages.map((message) => message.id));
    expect(inbox.news.filter((message) => loaded.has(message.id))).toEqual([]);
    expect(inbox.seqs).toEqual(Array.from({ length: 31 - page.lastSeq }, (_, i) => page.lastSeq + 1 + i));
    expect(inbox.rows).toEqual((await allMessages(agent.access_token, id)).map(shown));
  });
});

describe("an agent's answer", () => {
  it("is pending, sent, delivered and read, on another node, each once", async () => {
    const customer = new Customer();
    const inbox = await open(one!);
    const other = await open(two!);
    const { id } = await firstContact(inbox, customer);
    await other.client.joinConversation(id);

    const { id: messageId, status } = await send(id, "How can I help?");
    expect(status).toBe("pending");
    await other.until("the new message", () => other.news.some((message) => message.id === messageId));
    expect(other.news).toMatchObject([
      { status: "pending", direction: "outbound", content: { text: "How can I help?" } },
    ]);

    const reaches = (name: string) =>
      other.until(name, () => other.statuses.some((s) => s.message_id === messageId && s.status === name));
    await reaches("sent");
    const rows = await allMessages(agent.access_token, id);
    const wamid = rows.find((message) => message.id === messageId)!.whatsapp_message_id!;
    await customer.receives(wamid, "delivered");
    await reaches("delivered");
    await customer.receives(wamid, "read");
    await reaches("read");

    expect(other.statuses.map((change) => change.status)).toEqual(["sent", "delivered", "read"]);
    expect(other.seqs).toEqual(Array.from({ length: 4 }, (_, i) => other.seqs[0]! + i));
    expect(other.rows).toEqual((await allMessages(agent.access_token, id)).slice(-1).map(shown));
  });
});

describe("a watched view", () => {
  it("gains and loses conversations at once, on another node, with its counts", async () => {
    const [mine, unassigned] = [await open(one!, agent, "mine"), await open(two!, admin, "unassigned")];
    const { id } = await firstContact(unassigned, new Customer());
    const before = mine.counts!.mine;
    await act(id, "assign", { agent_id: agent.user.id });
    await mine.until("it came", () => mine.conversations.get(id)?.assigned_agent_id === agent.user.id);
    await unassigned.until("it left", () => !unassigned.conversations.has(id));
    await mine.until("it was counted", () => mine.counts!.mine === before + 1);
    await act(id, "close", {});
    await mine.until("it left again", () => !mine.conversations.has(id));
    await mine.until("it was not counted any more", () => mine.counts!.mine === before);
  });

  it("is complete when it was chosen while the line was cut, and has nothing of the one before", async () => {
    const [away, admins] = [await open(cluster.base_url), await open(two!, admin, "unassigned")];
    const [taken, waiting] = [await firstContact(admins, new Customer()), await firstContact(admins, new Customer())];
    await away.line.cut();
    const watched = away.client.watchConversations({ view: "mine", limit: 100 });
    away.conversations.clear();
    const { conversations } = await away.client.loadConversations({ view: "mine" });
    expect(conversations.map(({ id }) => id)).not.toContain(taken.id);
    await act(taken.id, "assign", { agent_id: agent.user.id });
    await act(waiting.id, "assign", { agent_id: admin.user.id });
    away.line.mend();
    expect((await watched).view).toBe("mine");
    await away.until("what was assigned meanwhile", () => away.conversations.has(taken.id));
    expect([...away.conversations.keys()]).toEqual([taken.id]);
    expect(away.state).toBe("live");
  });

  it("is refused where there is no such view, in the server's words", async () => {
    const inbox = await open(cluster.base_url);
    const watched = inbox.client.watchConversations({ view: `department:${randomUUID()}`, limit: 100 });
    await expect(watched).rejects.toBeInstanceOf(WatchError);
    expect(inbox.client.isConnected()).toBe(true);
  });
});

describe("a client that was away", () => {
  it("shows exactly what the database holds once it is back, after 300 changes", async () => {
    const customer = new Customer();
    const away = await open(cluster.base_url);
    const watcher = await open(one!);
    const { id } = await firstContact(away, customer);
    const early = Array.from({ length: 10 }, (_, i) => customer.text(`Early ${i}`));
    await customer.writes(...early);
    await watcher.client.joinConversation(id, { afterSeq: 0 });
    await watcher.until("the early messages", () => watcher.news.length === 11);
    await answerThatIsRead(watcher, customer, id);
    away.load((await away.client.loadMessages(id)).messages);
    const before = watcher.seqs.at(-1)!;

    await away.line.cut();
    expect(away.client.isConnected()).toBe(false);
    for (let batch = 0; batch < 8; batch++) {
      const texts = Array.from({ length: 25 }, (_, i) => customer.text(`Line ${batch * 25 + i}`));
      await customer.writes(...texts);
      const reactions = early.map(({ id: wamid }, i) =>
        customer.reaction(wamid as string, ["👍", "❤️", "😂"][(batch + i) % 3]!),
      );
      await customer.writes(...reactions);
    }
    for (let i = 0; i < 20; i++) {
      await call(`/api/v1/conversations/${id}/notes`, {
        method: "POST",
        token: agent.access_token,
        body: { text: `Note ${i}` },
      });
    }
    await customer.writes(customer.text("The end"));
    const texts = () => watcher.news.map(({ content }) => content.text);
    await watcher.until("the end", () => texts().includes("The end") && watcher.news.length === 233, 40_000);
    expect(watcher.seqs.at(-1)! - before).toBeGreaterThanOrEqual(301);
    expect(away.seqs.filter((seq) => seq > before)).toEqual([]);

    away.line.mend();
    const truth = await allMessages(agent.access_token, id);
    const last = truth.at(-1)!.seq;
    await away.until("it is live again", () => away.state === "live" && (away.seqs.at(-1) ?? 0) >= last);
    expect(away.rows).toEqual(truth.map(shown));
    expect(watcher.rows).toEqual(truth.map(shown));
    expect(away.seqs).toEqual([...away.seqs].sort((a, b) => a - b));
    const ids = away.news.map((message) => message.id);
    expect(new Set(ids).size).toBe(ids.length);

    const { body: conversation } = await call<Conversation>(`/api/v1/conversations/${id}`, {
      token: agent.access_token,
    });
    await away.until("the list", () => away.conversations.get(id)?.inbox_seq === conversation.inbox_seq);
    expect(away.conversations.get(id)).toMatchObject({
      last_seq: last,
      inbound_count: conversation.inbound_count,
      last_message: conversation.last_message,
    });
  });
});

describe("a node that hangs", () => {
  it("is left for another, whose own clients stay connected", async () => {
    const inbox = await open(cluster.base_url);
    const [frozen, other] = [true, false].map(
      (ours) => cluster.nodes.find(({ name }) => (name === inbox.client.connectionState.node) === ours)!,
    );
    const neighbour = await open(other!.url);
    const states: string[] = [];
    neighbour.client.onConnectionState(({ status }) => states.push(status));
    process.kill(frozen!.pid, "SIGSTOP");
    try {
      await inbox.until("the silence is noticed", () => inbox.state === "reconnecting", 15_000);
      // The proxy gives each attempt to either node, so this may take several.
      const isElsewhere = () => inbox.client.isConnected() && inbox.client.connectionState.node === other!.name;
      await inbox.until("another node", isElsewhere, 90_000);
    } finally {
      process.kill(frozen!.pid, "SIGCONT");
    }
    expect(states).not.toContain("reconnecting");
  }, 120_000);
});

describe("typing", () => {
  it("is seen by others in the room, on another node, until it ends", async () => {
    const customer = new Customer();
    const [typist, reader] = [await open(one!), await open(two!, admin)];
    const { id } = await firstContact(typist, customer);
    await Promise.all([typist.client.joinConversation(id), reader.client.joinConversation(id)]);
    const heard: UserTyping[] = [];
    const own: UserTyping[] = [];
    reader.client.onTyping((typing) => heard.push(typing));
    typist.client.onTyping((typing) => own.push(typing));
    const last = (typing: boolean, count: number) => () => heard.length === count && heard.at(-1)!.typing === typing;

    typist.client.startTyping(id);
    await reader.until("typing", last(true, 1));
    typist.client.stopTyping(id);
    await reader.until("no longer typing", last(false, 2));
    expect(heard[0]).toMatchObject({ conversation_id: id, user_id: agent.user.id, user_name: agent.user.full_name });

    typist.client.startTyping(id);
    await reader.until("typing again", last(true, 3));
    // The client itself would end it after 10 s, so an earlier end comes from the server.
    await reader.until("the silence is noticed", last(false, 4), 9_000);
    expect(own).toEqual([]);
  });
});

describe("the session", () => {
  it("begins with a refresh token alone, and the new pair opens sockets and requests", async () => {
    const { refresh_token } = await logIn(AGENT);
    const inbox = new Inbox(cluster.base_url, { tokens: { refreshToken: refresh_token } });
    clients.push(inbox.client);
    await inbox.client.connect();
    expect(inbox.client.isConnected()).toBe(true);
    expect((await inbox.client.loadConversations({ limit: 1 })).inboxSeq).toBeGreaterThanOrEqual(0);
  });

  it("ends at once for an invalid token", async () => {
    const client = new SocketClient({ baseUrl: cluster.base_url });
    clients.push(client);
    await expect(client.connect("no token")).rejects.toThrow("session_ended");
    expect(client.connectionState).toEqual({ status: "closed", reason: "session_ended" });
  });

  it("takes another token of the same user on the connection that it has", async () => {
    const inbox = await open(cluster.base_url);
    const states: string[] = [];
    inbox.client.onConnectionState(({ status }) => states.push(status));
    await inbox.client.connect((await logIn(AGENT)).access_token);
    await inbox.client.loadConversations({ limit: 1 });
    expect(inbox.client.isConnected()).toBe(true);
    expect(states).not.toContain("reconnecting");
  });
});

describe("a conversation that does not exist", () => {
  it("is refused, in the server's words", async () => {
    const inbox = await open(cluster.base_url);
    await expect(inbox.client.joinConversation(randomUUID())).rejects.toBeInstanceOf(JoinError);
    expect(inbox.client.isConnected()).toBe(true);
  });
});
