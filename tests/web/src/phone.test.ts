import { AGENT, Phone } from "./cluster.js";
import { expect, test } from "./fixtures.js";

test("a customer's phone and an agent exchange messages", async ({ open, browser }) => {
  const { name, number } = new Phone("Paula");
  const context = await browser.newContext();
  const phone = await context.newPage();
  await phone.goto("/phone/");
  await phone.getByRole("button", { name: "Novo cliente" }).click();
  await phone.getByLabel("Nome").fill(name);
  await phone.getByLabel("Número de telefone").fill(`+${number}`);
  await phone.getByRole("button", { name: "Pegar o telefone" }).click();
  await phone.getByPlaceholder("Mensagem").fill("Vocês abrem hoje?");
  await phone.keyboard.press("Enter");

  const agent = await open(AGENT);
  await agent.page.getByRole("link", { name }).click();
  await expect(agent.bubble("Vocês abrem hoje?")).toBeVisible();
  await agent.text.pressSequentially("Sim");
  await expect(phone.getByRole("heading", { name: "PyTake Demo" }).locator("..").getByText("digitando…")).toBeVisible();
  await agent.text.press("Enter");

  const answer = phone.getByRole("article").filter({ hasText: "Sim" });
  await expect(answer).toBeVisible();
  await expect(phone.getByText("lida pela empresa")).toBeAttached();
  await answer.hover();
  await answer.getByRole("button", { name: "Responder ou reagir" }).click();
  await phone.getByRole("menuitem", { name: "Reagir com 👍" }).click();
  await expect(agent.bubble("Sim").getByText("👍")).toBeVisible();
  await context.close();
});
