import { ADMIN, AGENT, Api, Phone } from "./cluster.js";
import { expect, test } from "./fixtures.js";
import type { Inbox } from "./inbox.js";

const reactions = (agent: Inbox, text: string) => agent.bubble(text).getByRole("list", { name: "Reações" });
const sent = async (phone: Phone) => (await phone.received()).filter(({ body }) => body.type === "reaction").map(({ body }) => (body.reaction as { emoji: string }).emoji);

async function react(agent: Inbox, text: string, button: string): Promise<void> {
  await agent.bubble(text).hover();
  await agent.bubble(text).getByRole("button", { name: "Reagir" }).click();
  await agent.page.getByRole("dialog", { name: "Reagir" }).getByRole("button", { name: button }).click();
}

test("a reaction is given, changed and taken back, and seen by the team and the customer", async ({ open, browser }) => {
  const phone = new Phone("Abel");
  await phone.writes("Recebi, obrigado!");
  const [agent, admin] = [await open(AGENT), await open(ADMIN)];
  for (const inbox of [agent, admin]) await inbox.openConversation(phone);
  const context = await browser.newContext();
  const hand = await context.newPage();
  await hand.goto("/phone/");
  await hand.getByRole("button", { name: phone.name }).click();
  const bubble = hand.getByRole("article").filter({ hasText: "Recebi" });

  await react(agent, "Recebi", "Reagir com 👍");
  for (const inbox of [agent, admin]) await expect(reactions(inbox, "Recebi")).toHaveText("Nós: 👍");
  await expect(bubble).toContainText("👍");
  await react(agent, "Recebi", "Reagir com 🙏");
  for (const inbox of [agent, admin]) await expect(reactions(inbox, "Recebi")).toHaveText("Nós: 🙏");
  await expect(bubble).toContainText("🙏");
  await phone.sends({ type: "reaction", reaction: { message_id: await wamid(phone), emoji: "❤️" } });
  await expect(reactions(admin, "Recebi")).toContainText("❤️");
  await react(admin, "Recebi", "Retirar 🙏");
  for (const inbox of [agent, admin]) await expect(reactions(inbox, "Recebi")).toHaveText("Cliente: ❤️");
  await expect.poll(() => sent(phone)).toEqual(["👍", "🙏", ""]);
  await context.close();
});

test("a reaction is given by keyboard, after which the focus is where it was", async ({ open }) => {
  const phone = new Phone("Bela");
  await phone.writes("Chegou!");
  const agent = await open(AGENT, { locale: "en-US" });
  await agent.openConversation(phone);
  const button = agent.page.getByRole("button", { name: "React", exact: true });
  await agent.page.getByRole("button", { name: "Reply" }).focus();
  await agent.page.keyboard.press("Tab");
  await expect(button).toBeFocused();
  await agent.page.keyboard.press("Enter");
  await agent.page.keyboard.press("ArrowRight");
  await expect(agent.page.getByRole("button", { name: "React with ❤️" })).toBeFocused();
  await agent.page.keyboard.press("Enter");
  await expect(agent.page.getByRole("list", { name: "Reactions" })).toHaveText("We: ❤️");
  await expect(button).toBeFocused();
});

test("a reaction is shown before the server has it, and survives a reload", async ({ open }) => {
  const phone = new Phone("Célia");
  await phone.writes("Pode ser");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  let isAway = true;
  await agent.context.route(/\/messages$/, (route) =>
    isAway && route.request().method() === "POST" ? route.abort("connectionfailed") : route.continue(),
  );
  await react(agent, "Pode ser", "Reagir com 😂");
  await expect(reactions(agent, "Pode ser")).toHaveText("Nós: 😂");
  await agent.page.reload();
  await expect(reactions(agent, "Pode ser")).toHaveText("Nós: 😂");
  expect(await sent(phone)).toEqual([]);
  isAway = false;
  await agent.page.reload();
  await expect.poll(() => sent(phone)).toEqual(["😂"]);
  await expect(reactions(agent, "Pode ser")).toHaveText("Nós: 😂");
});

test("a reaction that the server refuses is removed again, with the reason", async ({ open }) => {
  const phone = new Phone("Dino");
  await phone.writes("Tchau");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await agent.bubble("Tchau").hover();
  await agent.bubble("Tchau").getByRole("button", { name: "Reagir" }).click();
  const choice = agent.page.getByRole("button", { name: "Reagir com 👍" });
  // Another agent closes the conversation while the picker is open, and before the event reaches this browser.
  await agent.context.route(/\/messages$/, async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    const api = await Api.as(ADMIN);
    await api.post(`/conversations/${(await api.conversationOf(phone)).id}/close`);
    await route.continue();
  });
  await choice.click();
  await expect(agent.bubble("Tchau").getByRole("alert")).toContainText("A conversa está fechada");
  await expect(reactions(agent, "Tchau")).toBeHidden();
  await agent.bubble("Tchau").getByRole("button", { name: "Descartar" }).click();
  await expect(agent.bubble("Tchau").getByRole("alert")).toBeHidden();

  await agent.bubble("Tchau").getByRole("button", { name: "Reagir" }).click();
  await expect(choice).toBeDisabled();
  await expect(agent.page.getByText("A conversa está fechada: reabra para reagir.")).toBeVisible();
});

test("a reaction that WhatsApp refuses is replaced by the one before", async ({ open }) => {
  const phone = new Phone("Elza");
  await phone.writes("Até logo");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await react(agent, "Até logo", "Reagir com 👍");
  await expect.poll(() => sent(phone)).toEqual(["👍"]);
  await phone.refuses({ code: 131009, message: "Parameter value is not valid" });
  await react(agent, "Até logo", "Reagir com 😢");
  await expect(agent.bubble("Reagiu com 😢")).toContainText("Parameter value is not valid");
  await expect(reactions(agent, "Até logo")).toHaveText("Nós: 👍");
});

test("no reaction can be given after the window has closed, and the picker says why", async ({ open }) => {
  const phone = new Phone("Fábio");
  const yesterday = String(Math.floor(Date.now() / 1000) - 25 * 3600);
  await phone.sends({ type: "text", timestamp: yesterday, text: { body: "Boa noite" } });
  const agent = await open(AGENT);
  // Too far down the list to be in the page.
  const api = await Api.as(AGENT);
  await expect(() => api.conversationOf(phone)).toPass();
  await agent.page.goto(`/inbox/${(await api.conversationOf(phone)).id}`);
  await agent.bubble("Boa noite").hover();
  await agent.bubble("Boa noite").getByRole("button", { name: "Reagir" }).click();
  const dialog = agent.page.getByRole("dialog", { name: "Reagir" });
  await expect(dialog).toContainText("mais de 24 horas");
  for (const button of await dialog.getByRole("button").all()) await expect(button).toBeDisabled();
});

/** The customer's first message, as the phone has it. */
async function wamid(phone: Phone): Promise<string> {
  const api = await Api.as(ADMIN);
  const { id } = await api.conversationOf(phone);
  const [first] = await api.get<{ whatsapp_message_id: string }[]>(`/conversations/${id}/messages`);
  return first!.whatsapp_message_id;
}
