import { ADMIN, AGENT, Phone } from "./cluster.js";
import { expect, test } from "./fixtures.js";

test.describe("two agents on different nodes and a customer", () => {
  test("a message, an answer, its ticks and a note are seen by all at once", async ({ open }) => {
    const phone = new Phone("Ana");
    const [agent, admin] = [await open(AGENT), await open(ADMIN)];
    await admin.moveFrom((await agent.sign.getAttribute("data-node"))!);

    await phone.writes("Bom dia, meu pedido não chegou");
    for (const inbox of [agent, admin]) {
      await expect(inbox.item(phone)).toContainText("Bom dia, meu pedido não chegou");
      await inbox.openConversation(phone);
      await expect(inbox.bubble("Bom dia, meu pedido não chegou")).toBeVisible();
    }

    await agent.send("Bom dia! Vou verificar.");
    await expect(admin.bubble("Vou verificar")).toContainText("Demo Agent");
    await expect.poll(async () => (await phone.received()).map(({ body }) => body.text?.body)).toEqual(["Bom dia! Vou verificar."]);
    await phone.hasRead((await phone.received())[0]!.wamid);
    for (const inbox of [agent, admin]) {
      await expect(inbox.bubble("Vou verificar")).toHaveAttribute("data-status", "read");
      await expect(inbox.bubble("Vou verificar")).toContainText("Lida");
    }

    await admin.page.getByRole("button", { name: "Nota privada" }).click();
    await admin.send("Cliente importante");
    await expect(agent.bubble("Cliente importante")).toContainText("Nota privada");
    expect((await phone.received()).length).toBe(1);
  });

  test("one agent's typing is seen by the other until the message is sent", async ({ open }) => {
    const phone = new Phone("Bruno");
    await phone.writes("Olá");
    const [agent, admin] = [await open(AGENT), await open(ADMIN)];
    for (const inbox of [agent, admin]) await inbox.openConversation(phone);

    await agent.text.pressSequentially("Um momento");
    await expect(admin.page.getByText("Demo Agent está digitando…")).toBeVisible();
    await agent.text.press("Enter");
    await expect(admin.page.getByText("Demo Agent está digitando…")).toBeHidden();
    await expect(admin.bubble("Um momento")).toBeVisible();
  });

  test("one agent is seen viewing the conversation by the other until they leave it", async ({ open }) => {
    const phone = new Phone("Beatriz");
    await phone.writes("Olá");
    const [agent, admin] = [await open(AGENT), await open(ADMIN)];
    await admin.moveFrom((await agent.sign.getAttribute("data-node"))!);
    await admin.openConversation(phone);
    await agent.openConversation(phone);
    await expect(admin.page.getByText("Demo Agent está vendo esta conversa")).toBeVisible();
    await expect(agent.page.getByText("Demo Admin está vendo esta conversa")).toBeVisible();
    await agent.close();
    await expect(admin.page.getByText("Demo Agent está vendo esta conversa")).toBeHidden();
  });

  test("the menu that assigns a conversation shows which agents are online", async ({ open }) => {
    const phone = new Phone("Carla");
    await phone.writes("Olá");
    const admin = await open(ADMIN);
    await admin.openConversation(phone);
    await open(AGENT);
    await admin.page.getByRole("button", { name: "Sem dono" }).click();
    await expect(admin.page.getByRole("menuitemradio", { name: "Demo Agent · online" })).toBeVisible();
  });

  test("an assignment moves the conversation between their lists", async ({ open }) => {
    const phone = new Phone("Davi");
    await phone.writes("Preciso de ajuda");
    const [agent, admin] = [await open(AGENT), await open(ADMIN)];
    await agent.page.getByRole("link", { name: "Minhas" }).click();
    await admin.page.getByRole("link", { name: "Sem dono" }).click();
    await admin.openConversation(phone);

    await admin.page.getByRole("button", { name: "Sem dono" }).click();
    await admin.page.getByRole("menuitemradio", { name: /^Demo Agent/ }).click();
    await expect(agent.item(phone)).toBeVisible();
    await expect(admin.item(phone)).toBeHidden();
    await expect(admin.page.getByRole("button", { name: "Com Demo Agent" })).toBeVisible();

    await agent.openConversation(phone);
    await agent.act("Transferir…");
    const dialog = agent.page.getByRole("dialog");
    await dialog.getByLabel("Para", { exact: true }).selectOption({ label: "Demo Admin" });
    await dialog.getByLabel(/Recado/).fill("Fala inglês");
    await dialog.getByRole("button", { name: "Transferir" }).click();
    await expect(agent.item(phone)).toBeHidden();
    await expect(admin.bubble("Fala inglês")).toContainText("Nota privada");
    await expect(admin.page.getByRole("button", { name: "Com você" })).toBeVisible();
  });

  test("a conversation is closed for both, and open again", async ({ open }) => {
    const phone = new Phone("Eva");
    await phone.writes("Obrigada!");
    const [agent, admin] = [await open(AGENT), await open(ADMIN)];
    await agent.openConversation(phone);
    await expect(admin.item(phone)).toBeVisible();

    await agent.act("Fechar conversa…");
    await agent.page.getByRole("dialog").getByRole("button", { name: "Fechar conversa" }).click();
    await expect(admin.item(phone)).toBeHidden();
    await admin.page.getByRole("link", { name: "Fechadas" }).click();
    await expect(admin.item(phone)).toBeVisible();

    await agent.act("Reabrir conversa");
    await expect(admin.item(phone)).toBeHidden();
    await expect(agent.item(phone)).toBeVisible();
  });
});

test("the search finds conversations by name, number and text", async ({ open }) => {
  const phone = new Phone("Fernanda");
  const word = `geladeira${phone.number.slice(-6)}`;
  await phone.writes(`A ${word} quebrou`);
  const agent = await open(AGENT);
  const search = agent.page.getByRole("searchbox");
  for (const wanted of [word, phone.number, phone.name]) {
    await search.fill(wanted);
    await expect(agent.list.getByRole("link")).toHaveCount(1);
    await expect(agent.item(phone)).toBeVisible();
  }
  await search.fill(`nada${word}`);
  await expect(agent.page.getByText("Nada encontrado")).toBeVisible();
});

test("a conversation is read while it is on the screen, and counts unread messages otherwise", async ({ open }) => {
  const [phone, other] = [new Phone("Gabi"), new Phone("Hugo")];
  await other.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(other);
  await phone.writes("Um");
  await phone.writes("Dois");
  await expect(agent.item(phone)).toContainText("2 mensagens não lidas");
  await agent.openConversation(phone);
  await expect(agent.item(phone)).not.toContainText("não lida");
});

test("all kinds of messages are shown, or a text in place of those that cannot be", async ({ open }) => {
  const phone = new Phone("Iris");
  await phone.writes("Primeira");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await phone.sends({ type: "location", location: { latitude: -23.55, longitude: -46.63, name: "Praça da Sé" } });
  await expect(agent.bubble("Praça da Sé").getByRole("link")).toHaveAttribute("href", /-23\.55,-46\.63/);
  await phone.sends({ type: "contacts", contacts: [{ name: { formatted_name: "João Lima" }, phones: [{ phone: "+55 11 3333-4444" }] }] });
  await expect(agent.bubble("João Lima")).toContainText("+55 11 3333-4444");
  await phone.sends({ type: "interactive", interactive: { type: "button_reply", button_reply: { id: "1", title: "Segunda via" } } });
  await expect(agent.bubble("Segunda via")).toBeVisible();
  await phone.sends({
    type: "text",
    text: { body: "Quero a *promoção*" },
    referral: { source_type: "ad", source_url: "https://fb.me/abc", source_id: "1208", headline: "Verão", ctwa_clid: "ARAk" },
    context: { forwarded: true },
  });
  await expect(agent.bubble("Quero a promoção")).toContainText("Veio de um anúncio");
  await expect(agent.bubble("Quero a promoção").locator("strong")).toHaveText("promoção");
  const product_items = [{ product_retailer_id: "sku-9", quantity: 2, item_price: 19.9, currency: "BRL" }];
  await phone.sends({ type: "order", order: { catalog_id: "1", product_items } });
  await expect(agent.bubble("sku-9")).toContainText(/Total\s*R\$\s39,80/);
  await phone.sends({ type: "unsupported", errors: [{ code: 131051, title: "Message type unknown" }] });
  await expect(agent.bubble("O WhatsApp não mostrou o conteúdo")).toContainText("Message type unknown");
});

test("an answer quotes the message that it answers, and shows the customer's reaction", async ({ open }) => {
  const phone = new Phone("Joana");
  await phone.writes("Qual é o prazo?");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await agent.bubble("Qual é o prazo?").hover();
  await agent.bubble("Qual é o prazo?").getByRole("button", { name: "Responder" }).click();
  await agent.send("Dois dias úteis");
  await expect(agent.bubble("Dois dias úteis").getByRole("blockquote")).toContainText("Qual é o prazo?");
  await expect.poll(async () => (await phone.received()).length).toBe(1);
  const { wamid } = (await phone.received())[0]!;
  await phone.sends({ type: "reaction", reaction: { message_id: wamid, emoji: "👍" } });
  await expect(agent.bubble("Dois dias úteis").getByRole("list", { name: "Reações" })).toContainText("👍");
});

test("a message that WhatsApp refuses shows the reason, and is sent when it is retried", async ({ open }) => {
  const phone = new Phone("Karen");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await phone.refuses({ code: 131009, message: "Parameter value is not valid" });
  await agent.send("Sua fatura");
  const bubble = agent.bubble("Sua fatura");
  await expect(bubble).toHaveAttribute("data-status", "failed");
  await expect(bubble).toContainText("Parameter value is not valid");
  await bubble.getByRole("button", { name: "Tentar de novo" }).click();
  await expect.poll(async () => (await phone.received()).length).toBeGreaterThan(0);
  await expect(bubble).not.toHaveAttribute("data-status", "failed");
});

test("an agent's change of a contact is seen by the others", async ({ open }) => {
  const phone = new Phone("Lia");
  await phone.writes("Olá");
  const [agent, admin] = [await open(AGENT), await open(ADMIN)];
  await agent.openConversation(phone);
  await agent.page.getByRole("button", { name: "Detalhes do contato" }).click();
  await agent.page.getByRole("button", { name: "Editar nome" }).click();
  const name = `Lia Ramos ${phone.number}`;
  await agent.page.getByRole("textbox", { name: "Nome" }).fill(name);
  await agent.page.keyboard.press("Enter");
  await expect(admin.list.getByRole("link", { name })).toBeVisible();
  await agent.page.getByLabel("Nova etiqueta e Enter").fill("VIP");
  await agent.page.keyboard.press("Enter");
  await admin.list.getByRole("link", { name }).click();
  await admin.page.getByRole("button", { name: "Detalhes do contato" }).click();
  await expect(admin.page.getByRole("region", { name: "Etiquetas" })).toContainText("VIP");
});

test("the next conversation from the queue is assigned to the agent and opened", async ({ open }) => {
  const phone = new Phone("Mara");
  await phone.writes("Alguém aí?");
  const agent = await open(AGENT);
  await agent.page.getByRole("button", { name: "Próxima" }).click();
  await expect(agent.page).toHaveURL(/\/inbox\/[0-9a-f-]{36}\?filter=mine/);
  await expect(agent.page.getByRole("button", { name: "Com você" })).toBeVisible();
});
