import type { Locator } from "@playwright/test";
import { ADMIN, AGENT, Api, Phone, type Account } from "./cluster.js";
import { expect, test } from "./fixtures.js";
import type { Inbox } from "./inbox.js";

const filter = ({ page }: Inbox, name: string): Locator => page.getByRole("navigation", { name: "Filtros" }).getByRole("link", { name });
const choose = (inbox: Inbox, name: string) => filter(inbox, name).click();

/** The count beside a filter. */
async function count(inbox: Inbox, name: string): Promise<number> {
  const words = await filter(inbox, name).getByText(/^\d+ conversas?$/).textContent();
  return Number(words!.split(" ")[0]);
}

const unread = async ({ page }: Inbox) => Number(/^\((\d+)\)/.exec(await page.title())?.[1] ?? 0);

async function assign(phone: Phone, account: Account): Promise<void> {
  const api = await Api.as(account);
  await expect(() => api.conversationOf(phone)).toPass();
  const [{ id }, me] = [await api.conversationOf(phone), await api.get<{ id: string }>("/auth/me")];
  await api.post(`/conversations/${id}/assign`, { agent_id: me.id });
}

test("an assignment moves a conversation from one agent's list to the other's at once, with the counts", async ({ open }) => {
  const phone = new Phone("Adão");
  await phone.writes("Olá");
  await assign(phone, AGENT);
  const [agent, admin] = [await open(AGENT), await open(ADMIN)];
  await admin.moveFrom((await agent.sign.getAttribute("data-node"))!);
  for (const inbox of [agent, admin]) await choose(inbox, "Minhas");
  await agent.openConversation(phone);
  const before = { agent: await count(agent, "Minhas"), admin: await count(admin, "Minhas"), open: await count(admin, "Abertas") };

  await agent.page.getByRole("button", { name: "Com você" }).click();
  await agent.page.getByRole("menuitemradio", { name: /^Demo Admin/ }).click();
  await expect(admin.item(phone)).toBeVisible();
  await expect(agent.item(phone)).toBeHidden();
  await expect.poll(() => count(agent, "Minhas")).toBe(before.agent - 1);
  await expect.poll(() => count(admin, "Minhas")).toBe(before.admin + 1);
  expect(await count(admin, "Abertas")).toBe(before.open);
  // It stays open beside the list that it has left, and up to date.
  await admin.openConversation(phone);
  await admin.page.getByRole("button", { name: "Com você" }).click();
  await admin.page.getByRole("menuitemradio", { name: "Ninguém" }).click();
  await expect(agent.page.getByRole("button", { name: "Sem dono" })).toBeVisible();
});

test("a closed conversation leaves the open ones, and the counts of both agents", async ({ open }) => {
  const phone = new Phone("Bento");
  await phone.writes("Olá");
  const [agent, admin] = [await open(AGENT), await open(ADMIN)];
  await agent.openConversation(phone);
  await expect(admin.item(phone)).toBeVisible();
  const before = await count(admin, "Abertas");
  await agent.act("Fechar conversa…");
  await agent.page.getByRole("dialog").getByRole("button", { name: "Fechar conversa" }).click();
  await expect(admin.item(phone)).toBeHidden();
  for (const inbox of [agent, admin]) await expect.poll(() => count(inbox, "Abertas")).toBe(before - 1);
  await choose(admin, "Fechadas");
  await expect(admin.item(phone)).toBeVisible();
});

test("a customer's message is waiting until it is answered, and in the title until it is read", async ({ open }) => {
  const [phone, other] = [new Phone("Célia"), new Phone("Dora")];
  await other.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(other);
  await expect(agent.item(other)).not.toContainText("não lida");
  await choose(agent, "Aguardando");
  await expect(agent.item(other)).toBeVisible();
  const before = { unread: await unread(agent), waiting: await count(agent, "Aguardando") };

  await phone.writes("Alguém aí?");
  await expect(agent.item(phone)).toContainText("1 mensagem não lida");
  await expect.poll(() => unread(agent)).toBe(before.unread + 1);
  await expect.poll(() => count(agent, "Aguardando")).toBe(before.waiting + 1);

  await agent.openConversation(phone);
  await expect.poll(() => unread(agent)).toBe(before.unread);
  await agent.send("Sim!");
  await expect(agent.item(phone)).toBeHidden();
  await expect.poll(() => count(agent, "Aguardando")).toBe(before.waiting);
});

test("a view that was shown before is there at once, and then as it is now", async ({ open }) => {
  const [kept, closed] = [new Phone("Elza"), new Phone("Fábio")];
  for (const phone of [kept, closed]) {
    await phone.writes("Olá");
    await assign(phone, AGENT);
  }
  const agent = await open(AGENT);
  await choose(agent, "Minhas");
  await expect(agent.item(closed)).toBeVisible();
  await choose(agent, "Abertas");
  const api = await Api.as(ADMIN);
  await api.post(`/conversations/${(await api.conversationOf(closed)).id}/close`);
  await expect(agent.item(closed)).toBeHidden();

  let answer = () => {};
  const isHeld = new Promise<void>((resolve) => (answer = resolve));
  await agent.page.route(/\/conversations\?view=mine/, async (route) => {
    await isHeld;
    await route.continue();
  });
  await choose(agent, "Minhas");
  for (const phone of [kept, closed]) await expect(agent.item(phone)).toBeVisible();
  answer();
  await expect(agent.item(closed)).toBeHidden();
  await expect(agent.item(kept)).toBeVisible();
});

test("a view that was chosen without a connection has everything when the connection is back", async ({ open }) => {
  const [stays, goes, comes] = [new Phone("Gil"), new Phone("Hélio"), new Phone("Ivo")];
  for (const phone of [stays, goes, comes]) await phone.writes("Olá");
  for (const phone of [stays, goes]) await assign(phone, AGENT);
  const agent = await open(AGENT);
  await choose(agent, "Minhas");
  await expect(agent.item(goes)).toBeVisible();
  await choose(agent, "Abertas");
  await expect(agent.item(comes)).toBeVisible();

  await agent.context.setOffline(true);
  await agent.page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(agent.sign).toHaveAttribute("data-sign", "reconnecting", { timeout: 45_000 });
  await choose(agent, "Minhas");
  await expect(agent.item(goes)).toBeVisible();
  await assign(goes, ADMIN);
  await assign(comes, AGENT);
  await stays.writes("Ainda aí?");

  await agent.context.setOffline(false);
  await agent.isLive();
  await expect(agent.item(goes)).toBeHidden();
  await expect(agent.item(comes)).toBeVisible();
  await expect(agent.item(stays)).toContainText("Ainda aí?");
  // And so it goes on.
  await assign(goes, AGENT);
  await expect(agent.item(goes)).toBeVisible();
});

test("rows that are loaded by scrolling change like the first", async ({ open }) => {
  const phones = Array.from({ length: 70 }, (_, n) => new Phone(`Fila ${n}`));
  for (const phone of phones) await phone.writes("Olá");
  const [first, second] = phones as [Phone, Phone];
  const agent = await open(AGENT);
  await expect(agent.item(phones.at(-1)!)).toBeVisible();
  await expect(async () => {
    await agent.list.evaluate((list) => list.scrollBy(0, list.clientHeight / 2));
    expect(await agent.item(first).isVisible()).toBe(true);
  }).toPass({ intervals: [50] });
  const api = await Api.as(ADMIN);
  await api.post(`/conversations/${(await api.conversationOf(second)).id}/close`);
  await expect(agent.item(second)).toBeHidden();
  await first.writes("De novo");
  await agent.list.evaluate((list) => (list.scrollTop = 0));
  await expect(agent.list.getByRole("link").first()).toContainText("De novo");
});
