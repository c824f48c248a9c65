import { randomBytes } from "node:crypto";
import { expect, type Browser, type BrowserContext, type BrowserContextOptions, type Locator, type Page } from "@playwright/test";
import type { Account, Phone } from "./cluster.js";

/** One agent's browser: what the agent sees and does. */
export class Inbox {
  readonly page: Page;
  readonly context: BrowserContext;

  constructor(page: Page) {
    this.page = page;
    this.context = page.context();
  }

  /** Opens the app in a browser of its own and logs in. */
  static async open(browser: Browser, account: Account, options: BrowserContextOptions = {}): Promise<Inbox> {
    const context = await browser.newContext(options);
    const inbox = new Inbox(await context.newPage());
    await inbox.logIn(account);
    return inbox;
  }

  async logIn({ email, password }: Account): Promise<void> {
    await this.page.goto("/login");
    await this.page.getByLabel(/^E-?mail$/i).fill(email);
    await this.page.getByLabel(/^(Senha|Password)$/).fill(password);
    await this.page.keyboard.press("Enter");
    await expect(this.page).toHaveURL(/\/inbox/);
    await this.isLive();
  }

  async isLive(): Promise<void> {
    await expect(this.sign).toHaveAttribute("data-sign", "live", { timeout: 15_000 });
  }

  /** Reloads with another affinity cookie until nginx chooses another node. */
  async moveFrom(node: string): Promise<void> {
    for (let tries = 0; tries < 30 && (await this.sign.getAttribute("data-node")) === node; tries++) {
      const value = randomBytes(16).toString("hex");
      await this.context.addCookies([{ name: "pytake_node", value, url: this.page.url(), httpOnly: true, sameSite: "Lax" }]);
      await this.page.reload();
      await this.isLive();
    }
    await expect(this.sign).not.toHaveAttribute("data-node", node);
  }

  get sign(): Locator {
    return this.page.locator("[data-sign]");
  }

  get list(): Locator {
    return this.page.getByRole("list", { name: /^(Lista de conversas|List of conversations)$/ });
  }

  item(phone: Phone): Locator {
    return this.list.getByRole("link", { name: phone.name });
  }

  get text(): Locator {
    return this.page.getByRole("combobox", { name: /^(Mensagem para o cliente|Nota para a equipe)$/ });
  }

  get messages(): Locator {
    return this.page.getByRole("list", { name: "Mensagens" });
  }

  bubble(text: string): Locator {
    return this.messages.getByRole("article").filter({ hasText: text });
  }

  async openConversation(phone: Phone): Promise<void> {
    await this.item(phone).click();
    await expect(this.page.getByRole("heading", { name: phone.name })).toBeVisible();
  }

  async send(text: string): Promise<void> {
    await this.text.fill(text);
    await this.text.press("Enter");
  }

  async act(name: string): Promise<void> {
    await this.page.getByRole("button", { name: "Mais ações" }).click();
    await this.page.getByRole("menuitem", { name }).click();
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
