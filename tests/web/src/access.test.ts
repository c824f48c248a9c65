import type { Page } from "@playwright/test";
import { findings } from "./axe.js";
import { ADMIN, AGENT, cluster, Phone } from "./cluster.js";
import { expect, test } from "./fixtures.js";
import { Inbox } from "./inbox.js";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test("the login is accessible", async ({ page }) => {
      await page.goto("/login");
      await expect(page.getByRole("heading", { name: "Entrar" })).toBeVisible();
      expect(await findings(page)).toEqual([]);
      await page.getByLabel("E-mail").fill("agent@pytake.com");
      await page.getByLabel("Senha", { exact: true }).fill("wrong");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("alert")).toHaveText("E-mail ou senha incorretos.");
      expect(await findings(page)).toEqual([]);
    });

    test("the inbox, a conversation, its dialogs and menus are accessible", async ({ open }) => {
      const phone = new Phone("Xenia");
      await phone.writes("Olá");
      const agent = await open(AGENT, { colorScheme });
      await expect(agent.item(phone)).toBeVisible();
      expect(await findings(agent.page)).toEqual([]);

      await agent.openConversation(phone);
      await agent.send("Oi");
      await agent.page.getByRole("button", { name: "Nota privada" }).click();
      await agent.send("Uma nota");
      await expect(agent.bubble("Uma nota")).toBeVisible();
      await agent.page.getByRole("button", { name: "Detalhes do contato" }).click();
      expect(await findings(agent.page)).toEqual([]);

      await agent.page.getByRole("button", { name: "Mensagem", exact: true }).click();
      await agent.text.fill("/");
      await expect(agent.page.getByRole("listbox")).toBeVisible();
      expect(await findings(agent.page)).toEqual([]);
      await agent.text.fill("");

      await agent.page.getByRole("button", { name: "Emojis" }).click();
      expect(await findings(agent.page)).toEqual([]);
      await agent.page.keyboard.press("Escape");

      await agent.act("Transferir…");
      expect(await findings(agent.page)).toEqual([]);
      await agent.page.keyboard.press("Escape");

      await agent.page.getByRole("button", { name: "Enviar modelo" }).click();
      await expect(agent.page.getByLabel("Modelo", { exact: true })).toBeVisible();
      expect(await findings(agent.page)).toEqual([]);
      await agent.page.keyboard.press("Escape");

      await agent.page.goto("/nothing");
      await expect(agent.page.getByText("Esta página não existe").last()).toBeVisible();
      expect(await findings(agent.page)).toEqual([]);
    });

    test("the operations page is accessible", async ({ open }) => {
      const admin = await open(ADMIN, { colorScheme });
      await admin.page.goto("/operations");
      for (const { name } of cluster().nodes) await expect(admin.page.getByRole("cell", { name })).toBeVisible();
      expect(await findings(admin.page)).toEqual([]);
    });

    test("a customer's phone is accessible", async ({ page }) => {
      const phone = new Phone("Wanda");
      await phone.writes("Olá");
      await page.goto("/phone/");
      expect(await findings(page)).toEqual([]);
      await page.getByRole("button", { name: phone.name }).click();
      await expect(page.getByRole("article").filter({ hasText: "Olá" })).toBeVisible();
      expect(await findings(page)).toEqual([]);
    });
  });
}

test("everything from the login to sending can be done by keyboard", async ({ page }) => {
  const phone = new Phone("Yara");
  await phone.writes("Olá");
  const agent = new Inbox(page);
  const { keyboard } = page;
  await page.goto("/login");
  await expect(page.getByLabel("E-mail")).toBeFocused();
  await keyboard.type(AGENT.email);
  await keyboard.press("Tab");
  await keyboard.type(AGENT.password);
  await keyboard.press("Enter");
  await agent.isLive();
  await expect(agent.item(phone)).toBeVisible();
  await agent.page.locator("body").press("Tab");
  await expect(agent.page.getByRole("link", { name: "Ir para o conteúdo" })).toBeFocused();
  await keyboard.press("Enter");
  // Past the controls above the list, and down to the conversation.
  for (let steps = 0; steps < 15 && !(await isInList(agent.page)); steps++) await keyboard.press("Tab");
  for (let steps = 0; steps < 30 && !(await isFocused(agent.page, phone.name)); steps++) await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await expect(agent.text).toBeFocused();
  await keyboard.type("Bom dia");
  await keyboard.press("Shift+Enter");
  await keyboard.type("Tudo bem?");
  await keyboard.press("Enter");
  await expect(agent.bubble("Bom dia")).toContainText("Tudo bem?");
  await expect(agent.text).toBeFocused();
  await expect(agent.text).toHaveValue("");
});

const isInList = (page: Page) => page.evaluate(() => document.activeElement?.closest("[role=list] a") !== null);
const isFocused = (page: Page, name: string) =>
  page.evaluate((wanted) => document.activeElement?.textContent?.includes(wanted) ?? false, name);

test("screen readers read out what a customer writes while the conversation is open", async ({ open }) => {
  const phone = new Phone("Zeca");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await phone.writes("Tem alguém aí?");
  await expect(agent.page.getByRole("log")).toHaveText(`${phone.name}: Tem alguém aí?`);
});

test("administrators see the pages of administration, and agents do not", async ({ open }) => {
  const [agent, admin] = [await open(AGENT), await open(ADMIN)];
  const operations = (inbox: Inbox) => inbox.page.getByRole("navigation", { name: "Navegação" }).getByRole("link", { name: "Operação" });
  await expect(operations(admin)).toBeVisible();
  await expect(operations(agent)).toHaveCount(0);
  await agent.page.goto("/operations");
  await expect(agent.page.getByText("Você não pode ver esta página")).toBeVisible();
});

test.describe("in a browser with English as its language", () => {
  test("the app is in English until Portuguese is chosen", async ({ open }) => {
    const agent = await open(AGENT, { locale: "en-US" });
    await expect(agent.page.getByRole("heading", { name: "Inbox" })).toBeVisible();
    await expect(agent.page.locator("html")).toHaveAttribute("lang", "en");
    await agent.page.getByRole("button", { name: "Demo Agent's account" }).click();
    await agent.page.getByRole("menuitemradio", { name: "Português (Brasil)" }).click();
    await expect(agent.page.getByRole("heading", { name: "Conversas" })).toBeVisible();
    await agent.page.reload();
    await expect(agent.page.getByRole("heading", { name: "Conversas" })).toBeVisible();
    await expect(agent.page.locator("html")).toHaveAttribute("lang", "pt-BR");
  });
});

test("the theme that is chosen stays", async ({ open }) => {
  const agent = await open(AGENT, { colorScheme: "light" });
  const ground = () => agent.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await agent.page.getByRole("button", { name: "Conta de Demo Agent" }).click();
  await agent.page.getByRole("menuitemradio", { name: "Escuro" }).click();
  await expect.poll(ground).not.toBe(light);
  const dark = await ground();
  await agent.page.reload();
  expect(await ground()).toBe(dark);
});

for (const width of [360, 2560]) {
  test(`nothing is wider than the page at ${width} px`, async ({ open }) => {
    const phone = new Phone("Bia");
    await phone.writes("Uma linha que é um pouco mais longa do que as outras, com umendereçosemnenhumespaçoquenãocabeemlinhanenhuma");
    const agent = await open(AGENT, { viewport: { width, height: 740 } });
    const overflow = () => agent.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await overflow()).toBeLessThanOrEqual(0);
    await agent.openConversation(phone);
    expect(await overflow()).toBeLessThanOrEqual(0);
    await agent.page.getByRole("button", { name: "Detalhes do contato" }).click();
    await expect(agent.page.getByRole("heading", { name: "Contato" })).toBeVisible();
    expect(await overflow()).toBeLessThanOrEqual(0);
  });
}
