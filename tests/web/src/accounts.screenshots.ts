import type { Page } from "@playwright/test";
import { Api, cluster, type Account } from "./cluster.js";
import { expect, test } from "./fixtures.js";
import { newEmail, newMember, newOrganization, PASSWORD } from "./members.js";
import { startApp } from "./secondFactor.js";

/** The folder of the screenshots, which is not in the repository. */
const directory = process.env.PYTAKE_SCREENSHOTS ?? "../../TestResults/screenshots";

const WIDTHS = { narrow: { width: 360, height: 740 }, usual: { width: 1280, height: 900 }, wide: { width: 2560, height: 1440 } };

type Take = (page: Page, name: string) => Promise<void>;

for (const colorScheme of ["light", "dark"] as const) {
  for (const [size, viewport] of Object.entries(WIDTHS)) {
    test(`accounts in ${colorScheme}, ${size}`, async ({ browser, open }) => {
      test.setTimeout(240_000);
      const take: Take = async (page, name) => {
        await page.evaluate(() => document.fonts.ready);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
        await page.screenshot({ path: `${directory}/${name}-${size}-${colorScheme}.png`, animations: "disabled" });
      };
      const admin = await newOrganization("Nilo Peixoto");
      const api = await Api.as(admin);
      for (const name of ["Alba Ramos", "Bento Cardoso", "Celia Aguiar"]) {
        await api.post("/users", { email: newEmail(name), full_name: name, role: "agent", password: PASSWORD });
      }
      const { invitation_url } = await api.post<{ invitation_url: string }>("/users", { email: newEmail("Nina"), full_name: "Nina Prates", role: "viewer" });
      const visitor = await (await browser.newContext({ colorScheme, viewport })).newPage();
      await ofLinks(visitor, take, invitation_url);
      await visitor.context().close();
      await ofAccount((await open(await newMember("Davi Nobre"), { colorScheme, viewport })).page, take);
      await ofSettings((await open(admin, { colorScheme, viewport })).page, take);
      const member = { email: newEmail("Igor Paz"), password: PASSWORD, name: "Igor Paz" };
      await api.post("/users", { email: member.email, full_name: member.name, role: "agent", password: PASSWORD });
      await api.put("/organization", { mfa_required: true });
      const enrolling = await (await browser.newContext({ colorScheme, viewport })).newPage();
      await givePassword(enrolling, member);
      await expect(enrolling.getByRole("heading", { name: "Configure um segundo fator" })).toBeVisible();
      await take(enrolling, "enrolment");
      await enrolling.context().close();
    });
  }
}

async function givePassword(page: Page, { email, password }: Account): Promise<void> {
  await page.goto("/login");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Senha", { exact: true }).fill(password);
  await page.keyboard.press("Enter");
}

async function ofLinks(page: Page, take: Take, invitation: string): Promise<void> {
  const { pathname, hash } = new URL(invitation);
  await page.goto(`${cluster().base_url}${pathname}${hash}`);
  await expect(page.getByLabel("Nova senha")).toBeVisible();
  await take(page, "invitation");
  await page.goto("/forgot");
  await expect(page.getByLabel("E-mail")).toBeVisible();
  await take(page, "forgot");
  await page.goto("/reset");
  await expect(page.getByRole("heading", { name: "Este link não vale mais" })).toBeVisible();
  await take(page, "link-dead");
  await page.goto(`/reset#${"x".repeat(40)}`);
  await page.getByLabel("Nova senha").fill("curta");
  await take(page, "reset");
  const member = await newMember("Elsa Moura");
  await startApp(member);
  await givePassword(page, member);
  await expect(page.getByLabel("Código", { exact: true })).toBeFocused();
  await page.keyboard.type("000000");
  await expect(page.getByRole("alert")).toBeVisible();
  await take(page, "login-code");
  await page.getByRole("button", { name: "Usar um código de recuperação" }).click();
  await take(page, "login-recovery");
}

async function ofAccount(page: Page, take: Take): Promise<void> {
  await page.goto("/account");
  await expect(page.getByText("Este navegador", { exact: true })).toBeVisible();
  await take(page, "account");
  await page.getByText("Este navegador", { exact: true }).scrollIntoViewIfNeeded();
  await take(page, "account-sessions");
  await page.getByRole("button", { name: "Configurar um aplicativo autenticador" }).click();
  await page.getByRole("dialog").getByLabel("Senha atual").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("img", { name: /código QR/ })).toBeVisible();
  await take(page, "account-app");
}

async function ofSettings(page: Page, take: Take): Promise<void> {
  await page.goto("/settings/people");
  await expect(page.getByRole("row", { name: /Nina Prates/ })).toBeVisible();
  await take(page, "people");
  await page.getByRole("button", { name: "Convidar" }).click();
  await take(page, "people-invite");
  await page.getByRole("dialog").getByLabel("Nome").fill("Jonas Vale");
  await page.getByRole("dialog").getByLabel("E-mail").fill(newEmail("Jonas"));
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Link", { exact: true })).toBeVisible();
  await take(page, "people-link");
  await page.getByRole("button", { name: "Pronto" }).click();
  await page.getByRole("button", { name: "Ações para Alba Ramos" }).click();
  await take(page, "people-menu");
  await page.getByRole("menuitem", { name: "Desativar…" }).click();
  await take(page, "people-deactivate");
  await page.keyboard.press("Escape");
  await page.goto("/settings/security");
  await expect(page.getByRole("button", { name: "Exigir" })).toBeVisible();
  await take(page, "security");
  await page.goto("/settings/audit");
  await expect(page.getByRole("row").nth(1)).toBeVisible();
  await take(page, "audit");
}
