import type { Page } from "@playwright/test";
import { ADMIN, AGENT, Api, Phone } from "./cluster.js";
import { expect, test } from "./fixtures.js";
import type { Inbox } from "./inbox.js";
import { newMember } from "./members.js";

/** All that the browser keeps for the page, but the tokens. */
const stored = (page: Page) =>
  page.evaluate(() => {
    const all = [localStorage, sessionStorage].flatMap((storage) => Object.entries(storage) as [string, string][]);
    return all.filter(([key]) => key !== "pytake.tokens").flat().join("\n");
  });

async function logOut({ page }: Inbox): Promise<void> {
  await page.getByRole("button", { name: /^Conta de / }).click();
  await page.getByRole("menuitem", { name: "Sair" }).click();
}

test("what was not sent leaves the browser with the logout, after a warning, and the next user sees none of it", async ({ open }) => {
  const [one, two] = [new Phone("Ada"), new Phone("Bel")];
  for (const phone of [one, two]) await phone.writes("Olá");
  const agent = await open(AGENT);
  const { page, context } = agent;
  await agent.openConversation(one);
  await agent.text.fill("Um rascunho que ninguém deve ver");
  await agent.openConversation(two);
  await context.setOffline(true);
  await agent.send("Uma mensagem que não saiu");
  await expect(agent.bubble("Uma mensagem que não saiu")).toBeVisible();
  expect(await stored(page)).toMatch(/Um rascunho[^]*Uma mensagem|Uma mensagem[^]*Um rascunho/);

  await logOut(agent);
  const warning = page.getByRole("dialog", { name: "Sair sem enviar?" });
  await expect(warning).toContainText("1 mensagem ainda não foi enviada.");
  await expect(warning).toContainText("1 conversa tem um texto que você começou.");
  await warning.getByRole("button", { name: "Ficar" }).click();
  await expect(warning).toHaveCount(0);
  expect(await stored(page)).toContain("Uma mensagem que não saiu");

  await logOut(agent);
  await warning.getByRole("button", { name: "Sair e apagar" }).click();
  await expect(page.getByRole("heading", { name: "Entrar" })).toBeVisible();
  expect(await stored(page)).not.toMatch(/rascunho|mensagem|pytake\.(draft|outbox)/i);

  await context.setOffline(false);
  await agent.logIn(ADMIN);
  for (const phone of [one, two]) {
    await agent.openConversation(phone);
    await expect(agent.text).toHaveValue("");
    await expect(page.getByText("Uma mensagem que não saiu")).toHaveCount(0);
  }
});

test("a logout in one tab empties the others", async ({ open }) => {
  const phone = new Phone("Cida");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  const other = await agent.context.newPage();
  await other.goto("/inbox");
  await other.getByRole("link", { name: phone.name }).click();
  await other.getByRole("combobox", { name: "Mensagem para o cliente" }).fill("Escrito na outra aba");
  expect(await stored(agent.page)).toContain("Escrito na outra aba");

  await logOut(agent);
  await agent.page.getByRole("button", { name: "Sair e apagar" }).click();
  await expect(other.getByRole("heading", { name: "Entrar" })).toBeVisible();
  await expect(other.getByText("Escrito na outra aba")).toHaveCount(0);
  for (const page of [agent.page, other]) expect(await stored(page)).not.toMatch(/outra aba|pytake\.(draft|outbox)/);
});

test("a logout without anything unsent asks nothing", async ({ open }) => {
  const agent = await open(AGENT);
  await logOut(agent);
  await expect(agent.page.getByRole("heading", { name: "Entrar" })).toBeVisible();
});

test("what was not sent leaves the browser where the server ends the session, and the login says so", async ({ open }) => {
  const phone = new Phone("Dora");
  await phone.writes("Olá");
  const member = await newMember("Rui Teles");
  const agent = await open(member);
  await agent.openConversation(phone);
  await agent.text.fill("Escrito antes do fim");
  await (await Api.as(ADMIN)).put(`/users/${member.id}`, { is_active: false });
  await expect(agent.page.getByText("Sua sessão terminou.")).toBeVisible({ timeout: 20_000 });
  await expect(agent.page.getByText("1 texto que não tinha sido enviado foi apagado deste navegador.")).toBeVisible();
  expect(await stored(agent.page)).not.toMatch(/antes do fim|pytake\.(draft|outbox)/);
});
