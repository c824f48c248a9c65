import { AGENT, Api, Phone } from "./cluster.js";
import { expect, test } from "./fixtures.js";

const texts = async (phone: Phone) => (await phone.received()).map(({ body }) => body.text?.body);

test("a double click sends once", async ({ open }) => {
  const phone = new Phone("Nina");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await agent.text.fill("Uma vez só");
  await agent.page.getByRole("button", { name: "Enviar", exact: true }).dblclick();
  await expect(agent.bubble("Uma vez só")).toHaveAttribute("data-status", /sent|delivered|read/);
  await agent.send("Fim");
  await expect.poll(() => texts(phone)).toEqual(["Uma vez só", "Fim"]);
  await expect(agent.bubble("Uma vez só")).toHaveCount(1);
});

test("a message whose response is lost is sent again without a second message", async ({ open }) => {
  const phone = new Phone("Olga");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  let lost = 0;
  await agent.page.route(/\/messages$/, async (route) => {
    if (route.request().method() !== "POST" || lost > 0) return route.continue();
    lost++;
    await route.fetch();
    await route.abort("connectionreset");
  });
  await agent.send("Só uma");
  await agent.send("Depois");
  await expect.poll(() => texts(phone)).toEqual(["Só uma", "Depois"]);
  await expect(agent.bubble("Só uma")).toHaveCount(1);
  await expect(agent.page.locator("[data-queued]")).toHaveCount(0);
  expect(lost).toBe(1);
});

test("messages that were not sent survive a reload, in order", async ({ open }) => {
  const phone = new Phone("Paula");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  let isAway = true;
  await agent.context.route(/\/(messages|notes)$/, (route) =>
    isAway && route.request().method() === "POST" ? route.abort("connectionfailed") : route.continue(),
  );
  await agent.send("Primeira");
  await agent.send("Segunda");
  await expect(agent.page.locator("[data-queued]")).toHaveCount(2);
  await expect(agent.sign).toContainText("2 mensagens na fila");

  await agent.page.reload();
  await agent.isLive();
  await expect(agent.page.locator("[data-queued]")).toHaveCount(2);
  expect(await texts(phone)).toEqual([]);

  isAway = false;
  await agent.page.reload();
  await expect.poll(() => texts(phone)).toEqual(["Primeira", "Segunda"]);
  await expect(agent.page.locator("[data-queued]")).toHaveCount(0);
  await expect(agent.messages.getByRole("article")).toHaveCount(3);
});

test("a message that the server refuses shows the reason, and can be discarded", async ({ open }) => {
  const phone = new Phone("Quim");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  const api = await Api.as(AGENT);
  const { id } = await api.conversationOf(phone);
  await api.post(`/conversations/${id}/close`);
  await agent.send("Tarde demais");
  await expect(agent.bubble("Tarde demais")).toContainText("A conversa está fechada");
  await agent.bubble("Tarde demais").getByRole("button", { name: "Descartar" }).click();
  await expect(agent.bubble("Tarde demais")).toHaveCount(0);
});

test("a canned response is inserted by its code", async ({ open }) => {
  const phone = new Phone("Rita");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await agent.text.pressSequentially("/mom");
  await expect(agent.page.getByRole("option")).toHaveCount(1);
  await agent.page.keyboard.press("Enter");
  await expect(agent.text).toHaveValue(/One moment please/);
  await agent.page.keyboard.press("Enter");
  await expect(agent.bubble("One moment please")).toBeVisible();
});

test("a template is filled in and sent", async ({ open }) => {
  const phone = new Phone("Sara");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await agent.page.getByRole("button", { name: "Enviar modelo" }).click();
  const dialog = agent.page.getByRole("dialog");
  await dialog.getByLabel("Modelo", { exact: true }).selectOption({ label: "order_update (pt_BR)" });
  await dialog.getByLabel("Valor de 2").fill("1042");
  await expect(dialog).toContainText(`Oi, ${phone.name}! Seu pedido 1042 está a caminho.`);
  await dialog.getByRole("button", { name: "Enviar" }).click();
  await expect.poll(async () => (await phone.received()).map(({ body }) => body.type)).toEqual(["template"]);
  await expect(agent.bubble(`Oi, ${phone.name}! Seu pedido 1042 está a caminho.`)).toBeVisible();
});

test("a picked emoji is inserted in the text", async ({ open }) => {
  const phone = new Phone("Tina");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await agent.text.fill("Pronto ");
  await agent.page.getByRole("button", { name: "Emojis" }).click();
  await agent.page.getByRole("button", { name: "👍" }).click();
  await expect(agent.text).toHaveValue("Pronto 👍");
  await expect(agent.text).toBeFocused();
});
