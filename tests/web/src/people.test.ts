import { ADMIN, AGENT, Api } from "./cluster.js";
import { expect, test } from "./fixtures.js";
import { Inbox } from "./inbox.js";
import { newEmail, newMember, newOrganization, PASSWORD } from "./members.js";
import { setUpApp } from "./secondFactor.js";

test("an administrator changes a role, logs somebody out, and deactivates them", async ({ open }) => {
  const member = await newMember(`Vera Luz ${Date.now() % 100_000}`);
  const theirs = await open(member);
  const { page } = await open(ADMIN);
  await page.goto("/settings/people");
  const row = page.getByRole("row", { name: new RegExp(member.name) });
  const act = async (name: string) => {
    await row.getByRole("button", { name: `Ações para ${member.name}` }).click();
    await page.getByRole("menuitem", { name }).click();
  };
  const dialog = page.getByRole("dialog");
  await expect(row).toContainText("atendimento");
  await act("Mudar o papel…");
  await expect(dialog.getByLabel("Papel")).toBeFocused();
  await dialog.getByLabel("Papel").selectOption("Leitura");
  await dialog.getByRole("button", { name: "Salvar" }).click();
  await expect(row).toContainText("leitura");
  await expect(row.getByRole("button")).toBeFocused();

  await act("Encerrar todas as sessões…");
  await dialog.getByRole("button", { name: "Encerrar todas as sessões" }).click();
  await expect(theirs.page.getByText("Sua sessão terminou.")).toBeVisible({ timeout: 20_000 });
  await theirs.logIn(member);

  await act("Desativar…");
  await dialog.getByRole("button", { name: "Desativar" }).click();
  await expect(row).toContainText("Desativada");
  await expect(theirs.page.getByText("Sua sessão terminou.")).toBeVisible({ timeout: 20_000 });

  await page.getByRole("link", { name: "Auditoria" }).click();
  await page.getByLabel("O quê").selectOption("Pessoa alterada");
  await page.getByLabel("Quem").selectOption("Demo Admin");
  await expect(page.getByRole("row", { name: new RegExp(`Demo Admin.*Pessoa alterada.*${member.name}`) }).first()).toBeVisible();
});

test("agents are led to no settings", async ({ open }) => {
  const { page } = await open(AGENT);
  await expect(page.getByRole("link", { name: "Configurações" })).toHaveCount(0);
  for (const address of ["/settings", "/settings/people", "/settings/audit", "/settings/security"]) {
    await page.goto(address);
    await expect(page.getByText("Você não pode ver esta página")).toBeVisible();
  }
});

test("an organization that demands a second factor lets nobody go on without one", async ({ open, browser }) => {
  const admin = await newOrganization("Zilda Nunes");
  const agent = { email: newEmail("Aldo Pires"), password: PASSWORD, name: "Aldo Pires" };
  await (await Api.as(admin)).post("/users", { email: agent.email, password: PASSWORD, full_name: agent.name, role: "agent" });
  const { page } = await open(admin);
  await page.goto("/settings/security");
  await expect(page.getByText("2 pessoas ainda não têm um")).toBeVisible();
  await page.getByRole("button", { name: "Exigir" }).click();

  // Whoever demands it is not spared.
  const enrolment = page.getByRole("heading", { name: "Configure um segundo fator" });
  await page.reload();
  await expect(enrolment).toBeVisible();
  await page.getByRole("button", { name: "Aplicativo autenticador no celular" }).click();
  await setUpApp(page, admin);
  await expect(page.locator("[data-sign=live]")).toBeVisible({ timeout: 20_000 });
  await page.goto("/settings/people");
  await expect(page.getByRole("row", { name: /Zilda Nunes/ })).toContainText("Ativo");

  const visitor = new Inbox(await (await browser.newContext()).newPage());
  await visitor.page.goto("/login");
  await visitor.page.getByLabel("E-mail").fill(agent.email);
  await visitor.page.getByLabel("Senha", { exact: true }).fill(agent.password);
  await visitor.page.keyboard.press("Enter");
  await expect(visitor.page.getByRole("heading", { name: "Configure um segundo fator" })).toBeVisible();
  await expect(visitor.page.getByRole("navigation")).toHaveCount(0);
  await visitor.page.goto("/account");
  await expect(visitor.page.getByRole("heading", { name: "Configure um segundo fator" })).toBeVisible();
  await visitor.close();
});
