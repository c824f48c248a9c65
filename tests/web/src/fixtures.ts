import { test as base } from "@playwright/test";
import { cluster, type Account } from "./cluster.js";
import { Inbox } from "./inbox.js";

type Open = (account: Account, options?: Parameters<typeof Inbox.open>[2]) => Promise<Inbox>;

/** Opens a browser for each agent, and closes it after the test. Errors of a page fail the test. */
export const test = base.extend<{ open: Open }>({
  baseURL: cluster().base_url,
  open: async ({ browser }, use) => {
    const inboxes: Inbox[] = [];
    const errors: Error[] = [];
    await use(async (account, options) => {
      const inbox = await Inbox.open(browser, account, options);
      inbox.page.on("pageerror", (error) => errors.push(error));
      inboxes.push(inbox);
      return inbox;
    });
    for (const inbox of inboxes) await inbox.close();
    if (errors.length > 0) throw errors[0];
  },
});

export { expect } from "@playwright/test";
