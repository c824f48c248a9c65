import type { Page } from "@playwright/test";
import { ADMIN, AGENT, Api, cluster, Phone } from "./cluster.js";
import { pdf, picture, video } from "./files.js";
import { expect, test } from "./fixtures.js";
import { Inbox } from "./inbox.js";

/** The folder of the screenshots, which is not in the repository. */
const directory = process.env.PYTAKE_SCREENSHOTS ?? "../../TestResults/screenshots";

const WIDTHS = { narrow: { width: 360, height: 740 }, usual: { width: 1280, height: 800 }, wide: { width: 2560, height: 1440 } };

const ana = new Phone("Ana Prado");
const bruno = new Phone("Bruno Siqueira");

test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000);
  for (const [name, words] of [
    ["Carla Mendes", "Vocês entregam em Niterói?"],
    ["Diego Rocha", "Perfeito, muito obrigado!"],
    ["Elisa Tavares", "Pode me mandar a segunda via do boleto?"],
    ["Fernando Aguiar", "Bom dia, ainda estou esperando uma resposta sobre a troca do produto que chegou quebrado"],
  ] as const) {
    await new Phone(name).writes(words);
  }
  await bruno.sends({ type: "text", timestamp: String(Math.floor(Date.now() / 1000) - 26 * 3600), text: { body: "Fico no aguardo então." } });
  const page = await browser.newPage();
  await converse(page);
  await page.close();
  await fetch(`${cluster().simulator.url}/_control/inbound`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ from: ana.number, phone_number_id: "990000000000017", message: { type: "text", text: { body: "Olá" } } }),
  });
});

/** Makes a conversation with all kinds of messages. */
async function converse(page: Page): Promise<void> {
  const api = await Api.as(AGENT);
  await ana.writes("Bom dia! Meu pedido 1042 ainda não chegou 😕");
  await expect(() => api.conversationOf(ana)).toPass();
  const { id } = await api.conversationOf(ana);
  const send = (message_type: string, content: object, reply_to_message_id?: string) =>
    api.post<{ id: string }>(`/conversations/${id}/messages`, { message_type, content, reply_to_message_id, client_message_id: crypto.randomUUID() });
  const messages = () => api.get<{ id: string; direction: string; content: { text?: string }; status: string }[]>(`/conversations/${id}/messages`);
  const [first] = await messages();
  await send("text", { text: "Bom dia, Ana! Vou verificar agora mesmo." }, first!.id);
  await api.post(`/conversations/${id}/notes`, { text: "Cliente antiga: a transportadora já atrasou em maio." });
  await ana.sendsFile("image", await picture(page, "etiqueta.jpg", "image/jpeg", [1200, 900], "#c08a6a"), { caption: "A etiqueta" });
  for (const colour of ["#5b8c7b", "#3f6a8c", "#8c5b7b"]) await ana.sendsFile("image", await picture(page, "foto.jpg", "image/jpeg", [900, 900], colour));
  await ana.sendsFile("sticker", await picture(page, "figurinha.webp", "image/webp", [512, 512], "#e3b341"));
  await ana.sendsFile("video", await video(page, "barulho.mp4"));
  await ana.sendsFile("document", pdf("nota-fiscal-1042.pdf"));
  await ana.sends({ type: "location", location: { latitude: -22.9068, longitude: -43.1729, name: "Portaria do prédio", address: "Rua da Assembleia, 10" } });
  await ana.sends({ type: "contacts", contacts: [{ name: { formatted_name: "João Lima" }, phones: [{ phone: "+55 21 3333-4444" }] }] });
  await ana.sends({ type: "unsupported", errors: [{ code: 131051, title: "Message type unknown" }] });
  await send("interactive", {
    type: "button",
    body: { text: "Como prefere resolver?" },
    action: { buttons: [{ type: "reply", reply: { id: "1", title: "Nova entrega" } }, { type: "reply", reply: { id: "2", title: "Dinheiro de volta" } }] },
  });
  await ana.sends({ type: "interactive", interactive: { type: "button_reply", button_reply: { id: "1", title: "Nova entrega" } } });
  await ana.refuses({ code: 131026, message: "Message undeliverable" });
  await send("text", { text: "Combinado: nova entrega amanhã até as 12h." });
  await expect.poll(async () => (await messages()).filter(({ direction }) => direction === "outbound").map(({ status }) => status)).toContain("failed");
  await send("text", { text: "O código de rastreio é BR123456789. Acompanhe em https://transportadora.example/br123456789" });
  await ana.writes("Ótimo, obrigada pela rapidez! Vou avisar na portaria para receberem.");
  const thanks = async () => (await messages()).find(({ content }) => content.text?.startsWith("Ótimo"));
  await expect.poll(thanks).toBeDefined();
  await send("reaction", { message_id: (await thanks())!.id, emoji: "❤️" });
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const [size, viewport] of Object.entries(WIDTHS)) {
    test(`pages in ${colorScheme}, ${size}`, async ({ open, browser }) => {
      test.setTimeout(180_000);
      const take = async (page: Page, name: string) => {
        await page.evaluate(() => document.fonts.ready);
        await page.screenshot({ path: `${directory}/${name}-${size}-${colorScheme}.png`, animations: "disabled" });
      };
      const visitor = await (await browser.newContext({ colorScheme, viewport })).newPage();
      await visitor.goto("/login");
      await expect(visitor.getByLabel("E-mail")).toBeVisible();
      await take(visitor, "login");
      await ofInbox(await open(AGENT, { colorScheme, viewport }), take);
      await ofOperations(await open(ADMIN, { colorScheme, viewport }), take);
      await visitor.goto("/phone/");
      await expect(visitor.getByRole("button", { name: ana.name })).toBeVisible();
      await take(visitor, "phone");
      await visitor.getByRole("button", { name: ana.name }).first().click();
      await expect(visitor.getByRole("article").last()).toBeVisible();
      await take(visitor, "phone-chat");
      await visitor.context().close();
    });
  }
}

type Take = (page: Page, name: string) => Promise<void>;

async function ofInbox(agent: Inbox, take: Take): Promise<void> {
  const { page } = agent;
  await expect(agent.item(ana)).toBeVisible();
  await take(page, "inbox");
  await page.getByRole("searchbox").fill("nada disso existe");
  await expect(page.getByText("Nada encontrado")).toBeVisible();
  await take(page, "inbox-nothing-found");
  await page.getByRole("searchbox").fill("");
  await agent.openConversation(ana);
  await expect(agent.bubble("BR123456789")).toBeVisible();
  await take(page, "conversation");
  await agent.messages.press("Home");
  await expect(agent.bubble("Meu pedido 1042").first()).toBeInViewport();
  await take(page, "conversation-start");
  await agent.bubble("Meu pedido 1042").first().hover();
  await agent.bubble("Meu pedido 1042").first().getByRole("button", { name: "Reagir" }).click();
  await take(page, "reaction-picker");
  await page.keyboard.press("Escape");
  await agent.text.fill("/");
  await expect(page.getByRole("listbox")).toBeVisible();
  await take(page, "canned");
  await agent.text.fill("");
  await page.getByRole("button", { name: "Emojis", exact: true }).click();
  await take(page, "emoji");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Enviar modelo" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Modelo", { exact: true }).selectOption({ label: "order_update (pt_BR)" });
  await take(page, "template");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^(Sem dono|Com )/ }).click();
  await take(page, "assign");
  await page.keyboard.press("Escape");
  for (const [name, action] of [["transfer", "Transferir…"], ["close", "Fechar conversa…"]] as const) {
    await agent.act(action);
    await take(page, name);
    await page.keyboard.press("Escape");
  }
  await page.getByRole("button", { name: "Nota privada" }).click();
  await agent.text.fill("Conferir o frete antes de responder.");
  await page.getByRole("button", { name: "Detalhes do contato" }).click();
  await expect(page.getByRole("heading", { name: "Contato" })).toBeVisible();
  await take(page, "contact");
  await page.goto("/inbox");
  await page.getByRole("searchbox").fill(bruno.name);
  await agent.openConversation(bruno);
  await expect(page.getByText("Fico no aguardo").last()).toBeVisible();
  await take(page, "window-closed");
  await page.goto("/nothing");
  await expect(page.getByText("Esta página não existe").last()).toBeVisible();
  await take(page, "not-found");
}

async function ofOperations({ page }: Inbox, take: Take): Promise<void> {
  await page.goto("/operations");
  await expect(page.getByRole("button", { name: /Abrir o item/ }).first()).toBeVisible();
  await take(page, "operations");
  await page.getByRole("button", { name: /Abrir o item/ }).first().scrollIntoViewIfNeeded();
  await take(page, "operations-items");
  await page.getByRole("button", { name: /Abrir o item/ }).first().click();
  await expect(page.getByLabel("O webhook como chegou")).toBeVisible();
  await take(page, "operations-item");
}
