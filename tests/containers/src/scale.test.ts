// One installation under a load that never pauses: each test does something to it, the last ones see what came of it.
import type { Conversation, Message } from "pytake-client";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ADMIN, AGENT, allMessages, call, cluster, logIn, type Login } from "../../pytake-client/src/cluster.js";
import { Inbox, shown } from "../../pytake-client/src/inbox.js";
import { command, compose, composeWith, containers, docker, inspect, kill, revive, ROOT, scale, sql } from "./docker.js";
import { Meta } from "./meta.js";
import { connectByPolling } from "./polling.js";
import { whileReading } from "./readers.js";
import { askByTls, certificate } from "./tls.js";

const meta = new Meta();
let admin: Login;
let agent: Login;
let inbox: Inbox;

interface Node {
  id: string;
  workers: boolean;
}

async function nodes(): Promise<Node[]> {
  return (await call<Node[]>("/api/v1/ops/nodes", { token: admin.access_token })).body;
}

/** Which containers served requests, by the address that nginx knows, in the time it takes to accept some messages. */
async function servers(): Promise<Set<string>> {
  const since = new Date().toISOString();
  await meta.accepts(100);
  const log = await docker("logs", "--since", since, (await containers("nginx"))[0]!);
  const lines = log.split("\n").filter((line) => line.startsWith("{"));
  const served = lines.map((line) => JSON.parse(line) as { status: number; node: string }).filter(isServed);
  return new Set(served.map(({ node }) => node.split(/ : |, /).at(-1)!));
}

// A request that met a node that is gone, just as nginx learned of it, is answered 502 and comes again.
function isServed({ status }: { status: number }): boolean {
  return status === 200;
}

async function addresses(ids: string[]): Promise<string[]> {
  const network = `${process.env.COMPOSE_PROJECT_NAME}_edge`;
  const field = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}:8080`;
  return Promise.all(ids.map((id) => inspect(id, field)));
}

function conversationOf(from: string): Conversation | undefined {
  return [...inbox.conversations.values()].find(({ contact }) => contact.whatsapp_id === from);
}

beforeAll(async () => {
  [agent, admin] = await Promise.all([logIn(AGENT), logIn(ADMIN)]);
  inbox = new Inbox(cluster.base_url, { tokens: { refreshToken: agent.refresh_token } });
  await inbox.client.connect();
  meta.start();
  for (const { from } of meta.customers) {
    const { id } = await inbox.until("the conversation in the list", () => conversationOf(from));
    await inbox.client.joinConversation(id, { afterSeq: 0 });
  }
});

afterAll(async () => {
  await meta.stop();
  await inbox?.client.disconnect();
  console.log(`${meta.accepted.length} webhooks accepted; in between:`, Object.fromEntries(meta.refusals));
});

it("programs run as nobody in particular, on a file system that they cannot write to", async () => {
  const [node] = await containers("node");
  expect(await docker("exec", node!, "id", "-u")).toBe("1654");
  await expect(docker("exec", node!, "touch", "/app/here")).rejects.toThrow(/Read-only file system/);
  expect(await inspect(node!, "{{.Config.StopTimeout}}")).toBe("45");
});

it("the web app and the customers' phone come through nginx, operators' pages do not", async () => {
  for (const path of ["/", "/operations", "/phone/"]) {
    const page = await fetch(cluster.base_url + path);
    expect(page.status).toBe(200);
    const [, script] = /<script[^>]* src="([^"]+)"/.exec(await page.text())!;
    const file = await fetch(new URL(script!, page.url));
    expect([file.status, file.headers.get("content-type")]).toEqual([200, expect.stringMatching(/javascript/)]);
  }
  for (const path of ["/hangfire", "/metrics"]) expect((await fetch(cluster.base_url + path)).status).toBe(404);
});

it("PostgreSQL and Redis are out of reach for what is in front", async () => {
  const [nginx] = await containers("nginx");
  for (const name of ["postgres", "redis"]) {
    await expect(docker("exec", nginx!, "getent", "hosts", name)).rejects.toThrow();
  }
});

it("four nodes share what one did alone", async () => {
  const ids = await scale(4);
  expect(ids).toHaveLength(4);
  expect(await servers()).toEqual(new Set(await addresses(ids)));
  expect(await nodes()).toHaveLength(4);
});

it("who polls and keeps no cookies stays on one of four nodes", async () => {
  await Promise.all(Array.from({ length: 30 }, () => connectByPolling(agent.access_token)));
});

// Whose receiver then has to find PostgreSQL again after it was killed: the last test restores from it.
it("a backup is made while all goes on", async () => {
  await compose("up", "-d", "--no-deps", "--wait", "backup");
  expect(await compose("exec", "-T", "backup", "bash", "/infra/backup", "base", ".")).toMatch(/^\.\/base\/2.*Z$/m);
});

for (const service of ["node", "redis", "postgres", "nginx"]) {
  it(`a ${service} container that is killed is made up for`, async () => {
    const [victim] = await containers(service);
    await kill(victim!);
    if (service === "node" || service === "redis") await meta.accepts(100);
    await (service === "node" ? scale(4) : revive(service));
    await meta.accepts(100);
  });
}

it("three of four nodes go, the last one goes on, and no GET fails", async () => {
  await scale(4);
  const { asked, failures } = await whileReading(agent.access_token, async () => {
    expect(await scale(1)).toHaveLength(1);
    await meta.accepts(100); // until well after nginx has learned that they are gone
  });
  expect(failures).toEqual([]);
  expect(asked).toBeGreaterThan(100);
  expect(await servers()).toEqual(new Set(await addresses(await containers("node"))));
});

it("a new version replaces one node after the other, and no GET fails", async () => {
  const before = await scale(2);
  const image = await inspect(before[0]!, "{{.Config.Image}}");
  await command("bash", ["-c", `docker build -q -t ${image}-next - <<<"FROM ${image}\nLABEL version=next"`]);
  const { asked, failures } = await whileReading(agent.access_token, () =>
    command("infra/rollout", ["--no-build"], { PYTAKE_IMAGE: `${image}-next` }),
  );
  expect(failures).toEqual([]);
  expect(asked).toBeGreaterThan(100);
  const after = await containers("node");
  expect(after).toHaveLength(2);
  for (const id of after) {
    expect(before).not.toContain(id);
    expect(await inspect(id, "{{index .Config.Labels \"version\"}} {{.State.Health.Status}}")).toBe("next healthy");
  }
  expect(await servers()).toEqual(new Set(await addresses(after)));
});

it("an agent's answer goes out, and its ticks come back", async () => {
  const { id } = conversationOf(meta.customers[0]!.from)!;
  const body = { message_type: "text", content: { text: "We are still here" } };
  const path = `/api/v1/conversations/${id}/messages`;
  const { body: sent } = await call<Message>(path, { method: "POST", token: agent.access_token, body });
  await inbox.until("the tick", () => ["delivered", "read"].includes(inbox.screen.get(sent.id)?.status ?? ""));
});

it("everything that was accepted is in the database once, and in order", async () => {
  await meta.stop();
  const accepted = new Set(meta.accepted);
  await inbox.until("the last messages", () => inbox.news.filter(isFromCustomer).length >= accepted.size);
  for (const { from, accepted: wamids } of meta.customers) {
    const rows = await sql(`select whatsapp_message_id from messages
      where direction = 'inbound' and whatsapp_message_id like 'wamid.SCALE${from}N%' order by created_seq`);
    expect(rows).toEqual(wamids);
  }
  expect(await sql("select state, error from webhook_items_set_aside")).toEqual([]);
});

it("the browser that was there all the time shows what the database holds, each message once", async () => {
  const ids = inbox.news.map((message) => message.id);
  expect(new Set(ids).size).toBe(ids.length);
  const conversations = meta.customers.map(({ from }) => conversationOf(from)!);
  const truth = (await Promise.all(conversations.map(({ id }) => allMessages(agent.access_token, id)))).flat();
  const sorted = (rows: { id: string }[]) => rows.toSorted((a, b) => a.id.localeCompare(b.id));
  expect(sorted(inbox.rows)).toEqual(sorted(truth.map(shown)));
});

it("with a certificate nginx speaks TLS, and redirects whoever comes without", async () => {
  await inbox.client.disconnect(); // nginx would wait 30 s for its socket, twice
  await composeWith({ FRONT: "tls", CERTIFICATES: await certificate() }, "up", "-d", "--no-deps", "--wait", "nginx");
  const port = (await compose("port", "nginx", "8443")).split(":").at(-1)!;
  for (const path of ["/health", "/", "/phone/"]) {
    const { statusCode, headers } = await askByTls(port, path);
    expect([statusCode, headers["strict-transport-security"]]).toEqual([200, "max-age=31536000"]);
  }
  expect((await fetch(`${cluster.base_url}/health`, { redirect: "manual" })).status).toBe(308);
  await compose("up", "-d", "--no-deps", "--wait", "nginx");
});

// The steps of infra/README, Restore.
it("after PostgreSQL and its data are lost, the backup has all of it, and work goes on", async () => {
  const project = process.env.COMPOSE_PROJECT_NAME!;
  const stored = () => sql("select whatsapp_message_id from messages where whatsapp_message_id like 'wamid.SCALE%'");
  const before = await stored();
  expect(before).toHaveLength(meta.accepted.length);
  const [end] = await sql("select pg_switch_wal()");
  await until(async () => (await sql(`select flush_lsn >= '${end}' from pg_stat_replication`)).includes("t"));
  await compose("rm", "-s", "-f", "node", "backup", "postgres");
  await docker("volume", "rm", `${project}_postgres`);

  const volumes = [`${project}_backup:/backup:ro`, `${project}_postgres:/data`, `${ROOT}infra:/infra:ro`].flatMap((v) => ["-v", v]);
  await docker("run", "--rm", ...volumes, "postgres:17.11", "bash", "/infra/restore", "data", "/backup", "/data");
  await compose("up", "-d", "--no-deps", "--wait", "postgres");
  await until(async () => (await sql("select not pg_is_in_recovery()")).includes("t"));
  await compose("run", "--rm", "--no-deps", "-e", "PGUSER=pytake", "backup", "bash", "/infra/restore", "settle", "pytake");
  await compose("run", "--rm", "--no-deps", "migrate");
  await scale(2);

  expect(new Set(await stored())).toEqual(new Set(before));
  meta.start();
  await meta.accepts(20);
  await meta.stop();
  await logIn(AGENT);
  await until(async () => (await stored()).length === meta.accepted.length);
});

function isFromCustomer(message: Message): boolean {
  return message.direction === "inbound";
}

/** Asks again until it is so; nothing is signalled by what it waits for. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  await vi.waitUntil(() => condition().catch(() => false), { timeout: 30_000, interval: 250 });
}
