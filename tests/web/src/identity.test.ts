import { randomBytes, randomInt } from "node:crypto";
import { ADMIN, AGENT, Api, Phone } from "./cluster.js";
import { expect, test } from "./fixtures.js";

test("two customers who differ only by the ninth digit are answered by two agents, each at their own number", async ({ open }) => {
  const tail = `31${randomInt(100_000, 999_999)}`;
  const [bakery, maria] = [new Phone("Padaria", `5511${tail}`), new Phone("Maria", `55119${tail}`)];
  await bakery.writes("Oi, aqui é a padaria");
  await maria.writes("Oi, assunto particular");
  const [agent, admin] = [await open(AGENT), await open(ADMIN)];

  await agent.openConversation(bakery);
  await admin.openConversation(maria);
  await expect(agent.messages).not.toContainText("particular");
  await expect(admin.messages).not.toContainText("padaria");
  await agent.send("Para a padaria");
  await admin.send("Só para a Maria");

  const heard = async (phone: Phone) => (await phone.received()).map(({ body }) => body.text?.body);
  await expect.poll(() => heard(bakery)).toEqual(["Para a padaria"]);
  await expect.poll(() => heard(maria)).toEqual(["Só para a Maria"]);

  await agent.page.getByRole("button", { name: "Detalhes do contato" }).click();
  await expect(agent.page.getByRole("complementary", { name: "Contato" })).toContainText("Telefone fixo");
});

test("a customer with a new number is one customer, is answered there and found by both", async ({ open }) => {
  const userId = `BR.${randomBytes(8).toString("hex")}`;
  const number = () => `55219${randomInt(60_000_000, 99_999_999)}`;
  const before = new Phone("Carla", number(), userId);
  await before.writes("oi");
  const after = new Phone("Carla", number(), userId);
  await after.writes("troquei de número");

  const agent = await open(AGENT);
  await agent.openConversation(after);
  await expect(agent.messages).toContainText("oi");
  await agent.send("Anotado");
  await expect.poll(async () => (await after.received()).length).toBe(1);
  expect(await before.received()).toEqual([]);

  await agent.page.getByRole("button", { name: "Detalhes do contato" }).click();
  await expect(agent.page.getByRole("complementary", { name: "Contato" })).toContainText(before.number.slice(-4));
  const api = await Api.as(AGENT);
  expect((await api.conversationOf(before)).id).toBe((await api.conversationOf(after)).id);
});

test("a quote of a closed conversation is shown and leads there", async ({ open }) => {
  const phone = new Phone("Nina");
  await phone.writes("Qual o horário de vocês?");
  const api = await Api.as(AGENT);
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  const { id } = await api.conversationOf(phone);
  const [asked] = await api.get<{ whatsapp_message_id: string }[]>(`/conversations/${id}/messages`);
  await api.post(`/conversations/${id}/close`);

  await phone.sends({ type: "text", text: { body: "Sobre isto aqui" }, context: { id: asked!.whatsapp_message_id } });
  await agent.page.goto("/inbox");
  await agent.openConversation(phone);
  const quote = agent.bubble("Sobre isto aqui").getByRole("link");
  await expect(quote).toContainText("Qual o horário de vocês?");
  await quote.click();
  await expect(agent.page).toHaveURL(new RegExp(id));
  await expect(agent.bubble("Qual o horário de vocês?")).toBeVisible();
});
