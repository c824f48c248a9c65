import { findings } from "./axe.js";
import { Api } from "./cluster.js";
import { expect, test } from "./fixtures.js";
import { newEmail, newMember, newOrganization, PASSWORD } from "./members.js";
import { startApp } from "./secondFactor.js";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test("what leads in is accessible", async ({ page }) => {
      const member = await newMember("Lia Torres");
      await startApp(member);
      const check = async () => expect(await findings(page)).toEqual([]);
      await page.goto("/login");
      await page.getByLabel("E-mail").fill(member.email);
      await page.getByLabel("Senha", { exact: true }).fill(member.password);
      await page.keyboard.press("Enter");
      await expect(page.getByLabel("Código", { exact: true })).toBeFocused();
      await page.keyboard.type("000000");
      await expect(page.getByRole("alert")).toBeVisible();
      await check();
      await page.goto("/forgot");
      await expect(page.getByLabel("E-mail")).toBeFocused();
      await check();
      await page.goto(`/reset#${"x".repeat(40)}`);
      await expect(page.getByLabel("Nova senha")).toBeFocused();
      await check();
      await page.keyboard.type("Uma senha que serve 7");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("heading", { name: "Este link não vale mais" })).toBeFocused();
      await check();
      const api = await Api.as(await newOrganization("Mara Couto"));
      const { invitation_url } = await api.post<{ invitation_url: string }>("/users", { email: newEmail("Nina"), full_name: "Nina Prates", role: "agent" });
      await page.goto("/invitation" + new URL(invitation_url).hash);
      await expect(page.getByLabel("Nova senha")).toBeFocused();
      await check();
    });

    test("the account and the settings are accessible, by their dialogs too", async ({ open }) => {
      const { page } = await open(await newOrganization("Mara Couto"), { colorScheme });
      const check = async () => expect(await findings(page)).toEqual([]);
      await page.goto("/account");
      await expect(page.getByText("Este navegador", { exact: true })).toBeVisible();
      await check();
      const dialog = page.getByRole("dialog");
      await page.getByRole("button", { name: "Configurar um aplicativo autenticador" }).click();
      await expect(dialog.getByLabel("Senha atual")).toBeFocused();
      await check();
      await page.keyboard.type(PASSWORD);
      await page.keyboard.press("Enter");
      await expect(dialog.getByLabel("Código do aplicativo")).toBeFocused();
      await check();
      await page.keyboard.press("Escape");
      await expect(page.getByRole("button", { name: "Configurar um aplicativo autenticador" })).toBeFocused();
      await page.goto("/settings/people");
      await expect(page.getByRole("row", { name: /Mara Couto/ })).toBeVisible();
      await check();
      await page.getByRole("button", { name: "Convidar" }).click();
      await check();
      await dialog.getByLabel("Nome").fill("Jonas Vale");
      await dialog.getByLabel("E-mail").fill(newEmail("Jonas"));
      await page.keyboard.press("Enter");
      await expect(dialog.getByLabel("Link", { exact: true })).toBeVisible();
      await check();
      for (const name of ["security", "audit"]) {
        await page.goto(`/settings/${name}`);
        await expect(page.getByRole("button", { name: "Exigir" }).or(page.getByLabel("O quê"))).toBeVisible();
        await check();
      }
    });
  });
}
