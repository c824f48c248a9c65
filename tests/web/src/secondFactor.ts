import type { Page } from "@playwright/test";
import { Api, type Account } from "./cluster.js";
import { expect } from "./fixtures.js";
import { totp } from "./totp.js";

/** Goes through the dialog that sets up an authenticator app, and gives the app's key and the recovery codes. */
export async function setUpApp(page: Page, { password }: { password: string }): Promise<{ secret: string; codes: string[] }> {
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Senha atual").fill(password);
  await dialog.getByRole("button", { name: "Continuar" }).click();
  await expect(dialog.getByRole("img", { name: /código QR/ })).toBeVisible();
  const secret = (await dialog.getByLabel("Ou digite esta chave no aplicativo").textContent())!;
  await expect(dialog.getByLabel("Código do aplicativo")).toBeFocused();
  await dialog.getByLabel("Código do aplicativo").fill("000000");
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("Este código não confere.")).toBeVisible();
  await dialog.getByLabel("Código do aplicativo").fill(totp(secret));
  await page.keyboard.press("Enter");
  const codes = dialog.getByRole("list").getByRole("listitem");
  await expect(codes).toHaveCount(10);
  const found = await codes.allTextContents();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeVisible();
  await dialog.getByLabel("Guardei estes códigos").check();
  await dialog.getByRole("button", { name: "Pronto" }).click();
  await expect(dialog).toHaveCount(0);
  return { secret, codes: found };
}

/** Sets up an authenticator app without a browser. */
export async function startApp(account: Account): Promise<void> {
  const api = await Api.as(account);
  const { secret } = await api.post<{ secret: string }>("/users/me/mfa/totp", { current_password: account.password });
  await api.post("/users/me/mfa/totp/confirm", { code: totp(secret) });
}
