import type { Page } from "@playwright/test";
import { ADMIN, Api } from "./cluster.js";
import { expect, test } from "./fixtures.js";
import { newEmail, newMember, PASSWORD, type Member } from "./members.js";
import { setUpApp } from "./secondFactor.js";
import { totp } from "./totp.js";

async function givePassword(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Senha", { exact: true }).fill(password);
  await page.keyboard.press("Enter");
}

const isIn = (page: Page) => expect(page.locator("[data-sign=live]")).toBeVisible({ timeout: 15_000 });

async function leave(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Conta de / }).click();
  await page.getByRole("menuitem", { name: "Sair" }).click();
}

async function logOut(page: Page): Promise<void> {
  await leave(page);
  await expect(page.getByRole("heading", { name: "Entrar" })).toBeVisible();
}

test("somebody sets up an authenticator app, and logs in with its code, or with a recovery code, once", async ({ page }) => {
  const member = await newMember("Tania Lopes");
  await givePassword(page, member);
  await isIn(page);
  await page.goto("/account");
  await page.getByRole("button", { name: "Configurar um aplicativo autenticador" }).click();
  const { secret, codes } = await setUpApp(page, member);
  await expect(page.getByText("Restam 10 códigos de recuperação.")).toBeVisible();
  await logOut(page);

  await givePassword(page, member);
  const code = page.getByLabel("Código", { exact: true });
  await expect(code).toBeFocused();
  await expect(code).toHaveAttribute("autocomplete", "one-time-code");
  await code.fill("000000");
  await expect(page.getByRole("alert")).toContainText("Este código não confere.");
  // The next code, since each is good once; pasted as apps show it, it is sent by itself.
  const next = totp(secret, 1);
  await code.fill(`${next.slice(0, 3)} ${next.slice(3)}`);
  await isIn(page);

  await logOut(page);
  await givePassword(page, member);
  await page.getByRole("button", { name: "Usar um código de recuperação" }).click();
  await page.getByLabel("Código de recuperação").fill(codes[0]!);
  await page.keyboard.press("Enter");
  await isIn(page);
  await logOut(page);
  await givePassword(page, member);
  await page.getByRole("button", { name: "Usar um código de recuperação" }).click();
  await page.getByLabel("Código de recuperação").fill(codes[0]!);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("já foi usado");
  await page.getByRole("button", { name: "Voltar", exact: true }).click();
  await expect(page.getByLabel("E-mail")).toBeFocused();
});

test("an administrator invites somebody by a link, who chooses a password and is in", async ({ open, browser }) => {
  const admin = await open(ADMIN);
  const { page } = admin;
  await page.getByRole("link", { name: "Configurações" }).click();
  await expect(page).toHaveURL(/\/settings\/people$/);
  const name = `Nina Prates ${Date.now() % 100_000}`;
  const email = newEmail(name);
  await page.getByRole("button", { name: "Convidar" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Nome")).toBeFocused();
  await dialog.getByLabel("Nome").fill(name);
  await dialog.getByLabel("E-mail").fill(email);
  await dialog.getByLabel("Papel").selectOption("Atendimento");
  await dialog.getByRole("button", { name: "Gerar o link" }).click();
  const link = await dialog.getByLabel("Link", { exact: true }).inputValue();
  await dialog.getByRole("button", { name: "Pronto" }).click();
  const row = page.getByRole("row", { name: new RegExp(name) });
  await expect(row).toContainText("Convidada");

  const guest = await (await browser.newContext()).newPage();
  const requests: string[] = [];
  guest.on("request", (request) => requests.push(request.url(), request.headers().referer ?? ""));
  await guest.goto(new URL(link).pathname + new URL(link).hash);
  await expect(guest.getByText("Demo Admin convida você")).toBeVisible();
  await expect(guest).toHaveURL(/\/invitation$/);
  const token = new URL(link).hash.slice(1);
  expect(token.length).toBeGreaterThan(20);
  expect(requests.filter((url) => url.includes(token))).toEqual([]);
  await guest.getByLabel("Nova senha").fill("curta");
  await expect(guest.getByText("Faltam 3 caracteres.")).toBeVisible();
  await guest.getByLabel("Nova senha").fill("password1");
  await guest.keyboard.press("Enter");
  await expect(guest.getByText("Esta é uma das senhas mais comuns")).toBeVisible();
  await guest.getByLabel("Nova senha").fill(PASSWORD);
  await guest.keyboard.press("Enter");
  await isIn(guest);
  await expect(guest.getByRole("button", { name: `Conta de ${name}` })).toBeVisible();

  const late = await (await browser.newContext()).newPage();
  await late.goto(new URL(link).pathname + new URL(link).hash);
  await expect(late.getByRole("heading", { name: "Este convite não vale mais" })).toBeVisible();
  for (const visitor of [guest, late]) await visitor.context().close();
});

test("somebody who forgot the password asks for a link, and chooses another with one", async ({ page }) => {
  const member = await newMember("Otavio Reis");
  await page.goto("/login");
  await page.getByRole("link", { name: "Esqueceu a senha?" }).click();
  await page.getByLabel("E-mail").fill(member.email);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Veja o seu e-mail" })).toBeVisible();

  const { reset_url } = await (await Api.as(ADMIN)).post<{ reset_url: string }>(`/users/${member.id}/password-reset`);
  const { pathname, hash } = new URL(reset_url);
  await page.goto(pathname + hash);
  await expect(page).toHaveURL(/\/reset$/);
  await page.getByLabel("Nova senha").fill("Outra senha comprida 8");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "A senha foi trocada" })).toBeVisible();
  await page.getByRole("link", { name: "Ir para a entrada" }).click();
  await givePassword(page, member);
  await expect(page.getByRole("alert")).toHaveText("E-mail ou senha incorretos.");
  await givePassword(page, { ...member, password: "Outra senha comprida 8" });
  await isIn(page);

  // The link is spent, and another that is opened in the same tab loads no page.
  await page.goto("/reset");
  await expect(page.getByRole("heading", { name: "Este link não vale mais" })).toBeVisible();
  await page.evaluate((spent) => (location.hash = spent), hash);
  await page.getByLabel("Nova senha").fill("Ainda outra senha 9");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Este link não vale mais" })).toBeVisible();
});

test("somebody adds a passkey, logs in with it alone, and removes it", async ({ page, context }) => {
  const member = await newMember("Paula Dias");
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await givePassword(page, member);
  await isIn(page);
  await page.goto("/account");
  await page.getByRole("button", { name: "Adicionar uma chave de acesso" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Nome da chave de acesso").fill("Meu notebook");
  await dialog.getByLabel("Senha atual").fill(member.password);
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("listitem")).toHaveCount(10);
  await dialog.getByLabel("Guardei estes códigos").check();
  await dialog.getByRole("button", { name: "Pronto" }).click();
  await expect(page.getByText("Meu notebook")).toBeVisible();
  await leave(page);

  // The authenticator takes what the browser offers among what it would fill the e-mail field with.
  await page.goto("/login");
  await isIn(page);
  await expect(page.getByRole("button", { name: `Conta de ${member.name}` })).toBeVisible();

  // A browser that offers nothing there.
  await page.addInitScript(() => (PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false)));
  await page.reload();
  await logOut(page);
  await page.getByRole("button", { name: "Entrar com chave de acesso" }).click();
  await isIn(page);
  await logOut(page);

  // With the password it is asked for as the second factor.
  await givePassword(page, member);
  await expect(page.getByRole("heading", { name: "Confirme que é você" })).toBeVisible();
  await page.getByRole("button", { name: "Entrar com chave de acesso" }).click();
  await isIn(page);

  await page.goto("/account");
  await page.getByRole("button", { name: "Remover a chave de acesso Meu notebook" }).click();
  await dialog.getByLabel("Senha atual").fill("errada demais");
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("Não confere.")).toBeVisible();
  await dialog.getByLabel("Senha atual").fill(member.password);
  await page.keyboard.press("Enter");
  await expect(page.getByText("Você ainda não tem chaves de acesso.")).toBeVisible();
});

test("sessions elsewhere are listed and ended, and the password is changed", async ({ open, browser }) => {
  const member: Member = await newMember("Sonia Braga");
  const here = await open(member);
  const elsewhere = await open(member);
  const { page } = here;
  await page.goto("/account");
  const sessions = page.getByRole("list", { name: "Suas sessões" }).getByRole("listitem");
  await expect(sessions).toHaveCount(2);
  await expect(sessions.filter({ hasText: "Este navegador" })).toContainText("Chrome no Linux");
  await page.getByRole("button", { name: /^Encerrar a sessão em/ }).click();
  await expect(sessions).toHaveCount(1);
  await expect(elsewhere.page.getByText("Sua sessão terminou.")).toBeVisible({ timeout: 20_000 });

  await page.getByLabel("Senha atual").fill("não é esta");
  await page.getByLabel("Nova senha").fill("Mais uma senha comprida 6");
  await page.getByRole("button", { name: "Trocar a senha" }).click();
  await expect(page.getByText("Não confere.")).toBeVisible();
  await page.getByLabel("Senha atual").fill(member.password);
  await page.getByRole("button", { name: "Trocar a senha" }).click();
  await expect(page.getByText("Trocada")).toBeVisible();
  const visitor = await (await browser.newContext()).newPage();
  await givePassword(visitor, { ...member, password: "Mais uma senha comprida 6" });
  await isIn(visitor);
  await visitor.context().close();
});
