import { AGENT, Api, Phone } from "./cluster.js";
import { expect, test } from "./fixtures.js";

test("a conversation that Meta's agent answers is shown as its own, taken over, and given back", async ({ open }) => {
  const phone = new Phone("Uli");
  await phone.isAnsweredBy("ai_agent", { quiet: true });
  await phone.writes("Vocês abrem amanhã?");
  await phone.hears("Sim, das 9h às 18h");
  const api = await Api.as(AGENT);
  await expect(() => api.conversationOf(phone)).toPass();
  const agent = await open(AGENT);
  await agent.page.goto(`/inbox/${(await api.conversationOf(phone)).id}`);

  await expect(agent.bubble("Sim, das 9h às 18h")).toContainText("Outro atendimento");
  await expect(agent.page.getByText("Outro atendimento está com esta conversa.")).toBeVisible();
  await expect(agent.text).toHaveCount(0);

  await agent.page.getByRole("button", { name: "Assumir conversa" }).click();
  await expect(agent.messages.getByText("Demo Agent assumiu a conversa")).toBeVisible();
  await agent.send("Eu continuo daqui");
  await expect(agent.bubble("Eu continuo daqui")).toHaveAttribute("data-status", /sent|delivered|read/);

  await agent.act("Devolver ao WhatsApp");
  await expect(agent.messages.getByText("Demo Agent devolveu a conversa ao WhatsApp")).toBeVisible();
  await expect(agent.page.getByText("o WhatsApp decide quem responde")).toBeVisible();
});

test("a handover brings the conversation with its summary", async ({ open }) => {
  const phone = new Phone("Vera");
  await phone.isAnsweredBy("ai_agent", { quiet: true });
  await phone.writes("Quero falar com uma pessoa");
  const api = await Api.as(AGENT);
  await expect(() => api.conversationOf(phone)).toPass();
  const agent = await open(AGENT);
  await agent.page.goto(`/inbox/${(await api.conversationOf(phone)).id}`);
  await expect(agent.page.getByRole("button", { name: "Assumir conversa" })).toBeVisible();

  await phone.isAnsweredBy("app", { summary: "Vera quer trocar um produto" });

  await expect(agent.messages.getByText("O agente da Meta passou a conversa para nós")).toContainText("Vera quer trocar um produto");
  await agent.send("Oi, Vera!");
  await expect(agent.bubble("Oi, Vera!")).toHaveAttribute("data-status", /sent|delivered|read/);
});
