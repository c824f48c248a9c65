import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { AGENT, ADMIN, Api, cluster, clusterFile, Phone } from "./cluster.js";
import { expect, test } from "./fixtures.js";
import type { Inbox } from "./inbox.js";

test("a tab that was offline shows all changes from that time, in order, each once", async ({ open }) => {
  const phone = new Phone("Ugo");
  await phone.writes("Antes");
  const agent = await open(AGENT);
  const admin = await open(ADMIN);
  for (const inbox of [agent, admin]) await inbox.openConversation(phone);
  await admin.send("Resposta antes");
  await expect(agent.bubble("Resposta antes")).toBeVisible();

  await agent.context.setOffline(true);
  await agent.page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(agent.sign).toHaveAttribute("data-sign", "reconnecting", { timeout: 45_000 });
  await expect(agent.page.getByText("Sem conexão com o servidor")).toBeVisible();

  const lines = Array.from({ length: 60 }, (_, i) => `Linha ${i}.`);
  for (const line of lines) await phone.writes(line);
  const api = await Api.as(ADMIN);
  const { id } = await api.conversationOf(phone);
  await api.post(`/conversations/${id}/notes`, { text: "Nota de longe" });
  await agent.send("Escrito sem conexão");
  await expect(agent.sign).toContainText("1 mensagem na fila");
  await expect(admin.bubble("Nota de longe")).toBeVisible();

  await agent.context.setOffline(false);
  await agent.isLive();
  await expect(agent.bubble("Escrito sem conexão")).toHaveAttribute("data-status", /sent|delivered|read/);
  for (const inbox of [agent, admin]) {
    await expect(inbox.bubble("Escrito sem conexão")).toBeVisible();
    await inbox.messages.press("End");
    await expect(inbox.bubble("Linha 59.")).toBeVisible();
  }
  // Only a part is in sight; the rest is compared between the database and the app.
  const truth = await api.get<{ id: string }[]>(`/conversations/${id}/messages?limit=100`);
  expect(truth.length).toBe(64);
  const seen = await scrolledThrough(agent);
  expect(seen).toEqual(truth.map((message) => message.id));
});

test("an open conversation continues on another node when its node is killed", async ({ open }) => {
  const phone = new Phone("Vera");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  const name = (await agent.sign.getAttribute("data-node"))!;
  const node = cluster().nodes.find((one) => one.name === name)!;
  try {
    process.kill(node.pid, "SIGKILL");
    await expect(agent.sign).not.toHaveAttribute("data-node", name);
    await phone.writes("Ainda aí?");
    await expect(agent.bubble("Ainda aí?")).toBeVisible();
    await agent.send("Sim, claro");
    await expect(agent.bubble("Sim, claro")).toHaveAttribute("data-status", /sent|delivered|read/);
    await agent.isLive();
  } finally {
    execFileSync("../../infra/up", ["--run-dir", dirname(clusterFile), name], { stdio: "ignore", timeout: 90_000 });
  }
});

test("a login and a logout count for every tab at once", async ({ open }) => {
  const agent = await open(AGENT);
  const second = await agent.context.newPage();
  await second.goto("/inbox");
  await expect(second.locator("[data-sign='live']")).toBeAttached();

  await agent.page.getByRole("button", { name: "Conta de Demo Agent" }).click();
  await agent.page.getByRole("menuitem", { name: "Sair" }).click();
  for (const page of [agent.page, second]) await expect(page).toHaveURL(/\/login/);

  await agent.page.getByLabel("E-mail").fill(AGENT.email);
  await agent.page.getByLabel("Senha", { exact: true }).fill(AGENT.password);
  await agent.page.keyboard.press("Enter");
  for (const page of [agent.page, second]) await expect(page.locator("[data-sign='live']")).toBeAttached();
});

test("there are no requests while nothing happens", async ({ open }) => {
  const phone = new Phone("Wanda");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await expect(agent.item(phone)).not.toContainText("não lida");
  await agent.page.clock.install();
  const asked: string[] = [];
  agent.page.on("request", (request) => asked.push(request.url()));
  await agent.page.clock.runFor("05:00");
  expect(asked.filter((url) => !url.includes("/auth/"))).toEqual([]);
});

/** The ids of all messages, in the order of the screen, from the first to the last. */
async function scrolledThrough({ messages }: Inbox): Promise<string[]> {
  return messages.evaluate(async (list) => {
    const seen: string[] = [];
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const look = () => {
      for (const article of list.querySelectorAll<HTMLElement>("[data-message]")) {
        if (!seen.includes(article.dataset.message!)) seen.push(article.dataset.message!);
      }
    };
    list.scrollTop = 0;
    for (let before = -1; ; before = list.scrollTop) {
      await frame();
      look();
      list.scrollTop += list.clientHeight / 2;
      await frame();
      if (list.scrollTop === before) return seen;
    }
  });
}
