import { ADMIN, AGENT, Api, Phone } from "./cluster.js";
import { addHistory } from "./database.js";
import { expect, test } from "./fixtures.js";

test("a search finds in any spelling, and its hit opens the conversation at that message, marked", async ({ open }) => {
  const phone = new Phone("Conceição");
  await phone.writes("Quero falar sobre a entrega");
  await addHistory(phone, 300);
  await phone.writes("Pode ser amanhã?");
  const agent = await open(AGENT);

  await agent.page.getByRole("searchbox").fill("CONCEICAO");
  await expect(agent.item(phone)).toBeVisible();
  await agent.page.getByRole("searchbox").fill("antiga 57");
  await expect(agent.item(phone)).toContainText("Antiga 57.");
  await agent.item(phone).click();

  await expect(agent.bubble("Antiga 57.")).toBeInViewport();
  await expect(agent.messages.locator("[data-found]")).toContainText("Antiga 57.");
  await expect(agent.messages.locator("[data-found]")).toHaveCount(1);
  await agent.page.getByRole("button", { name: "Ir para o fim" }).click();
  await expect(agent.bubble("Pode ser amanhã?")).toBeInViewport();
  // A link to the message leads there as well.
  await agent.page.reload();
  await expect(agent.bubble("Antiga 57.")).toBeInViewport();
});

test("a conversation is marked as unread, and stays so until it is opened again", async ({ open }) => {
  const phone = new Phone("Ubaldo");
  await phone.writes("Não esqueça de mim");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await expect(agent.item(phone)).not.toContainText("não lida");

  await agent.act("Marcar como não lida");

  await expect(agent.item(phone)).toContainText("1 mensagem não lida");
  await expect(agent.page.getByRole("heading", { name: phone.name })).toBeHidden();
  await agent.openConversation(phone);
  await expect(agent.item(phone)).not.toContainText("não lida");
});

test("who takes a conversation that another has taken is told who was quicker", async ({ open }) => {
  const phone = new Phone("Quirino");
  await phone.writes("Olá");
  const [agent, admin] = [await open(AGENT), await Api.as(ADMIN)];
  await agent.openConversation(phone);
  const [{ id }, me] = [await admin.conversationOf(phone), await admin.get<{ id: string; full_name: string }>("/auth/me")];
  await agent.page.route("**/assign", async (route) => {
    await admin.post(`/conversations/${id}/assign`, { agent_id: me.id });
    await route.continue();
  });

  await agent.page.getByRole("button", { name: "Sem dono" }).click();
  await agent.page.getByRole("menuitemradio", { name: /^Você/ }).click();

  await expect(agent.page.getByRole("alert").filter({ hasText: `${me.full_name} assumiu antes de você.` })).toBeVisible();
  await expect(agent.page.getByRole("button", { name: `Com ${me.full_name}` })).toBeVisible();
});

test("the list is narrowed by a tag in any case, and follows what changes", async ({ open }) => {
  const [tagged, other] = [new Phone("Tadeu"), new Phone("Otávio")];
  const tag = `Vip ${tagged.number}`;
  for (const phone of [tagged, other]) await phone.writes("Olá");
  const api = await Api.as(ADMIN);
  const contactOf = async (phone: Phone) => (await api.conversationOf(phone)).contact_id;
  await expect(() => contactOf(tagged)).toPass();
  await expect(() => contactOf(other)).toPass();
  await api.put(`/contacts/${await contactOf(tagged)}`, { tags: [` ${tag} `, tag.toUpperCase()] });
  const agent = await open(AGENT);

  await agent.page.getByRole("button", { name: "Filtrar" }).click();
  await expect(agent.page.getByText("Ainda não há departamentos.")).toBeVisible();
  await agent.page.getByLabel("Etiqueta").fill(tag.toLowerCase());
  await agent.page.getByRole("dialog").getByRole("button", { name: "Filtrar" }).click();

  await expect(agent.item(tagged)).toBeVisible();
  await expect(agent.item(other)).toBeHidden();
  await api.put(`/contacts/${await contactOf(other)}`, { tags: [tag] });
  await expect(agent.item(other)).toBeVisible();
  await api.put(`/contacts/${await contactOf(tagged)}`, { tags: [] });
  await expect(agent.item(tagged)).toBeHidden();

  await agent.page.getByRole("button", { name: `Etiqueta ${tag.toLowerCase()}` }).click();
  await expect(agent.item(tagged)).toBeVisible();
});
