import { ADMIN, AGENT, Phone } from "./cluster.js";
import { addHistory } from "./database.js";
import { expect, test } from "./fixtures.js";
import type { Inbox } from "./inbox.js";

const COUNT = 10_000;

/** The largest number of rows that are in the page, in sight or nearly. */
const MOST_ROWS = 80;

test("ten thousand messages can be read back to the first without a jump, with only the rows in sight in the page", async ({ open }) => {
  test.setTimeout(240_000);
  const phone = new Phone("Otto");
  await phone.writes("Olá");
  await addHistory(phone, COUNT);
  await phone.writes("A última");
  const agent = await open(AGENT);
  const loaded = loadedBy(agent);
  await agent.openConversation(phone);
  await expect(agent.bubble("A última")).toBeInViewport({ ratio: 1 });
  // Opening the conversation loads one page, however long it is.
  expect(loaded.ids.size).toBeLessThanOrEqual(100);

  const { moved, mostRows } = await readBack(agent);
  expect(loaded.ids.size).toBe(COUNT + 2);
  expect(loaded.pages).toBeLessThanOrEqual(COUNT / 50 + 2);
  expect(moved).toBeLessThanOrEqual(2);
  expect(mostRows).toBeLessThan(MOST_ROWS);
  await expect(agent.bubble("Antiga 1.").first()).toBeInViewport();

  // New messages far below leave the reader in place, and a click takes them to the end.
  const admin = await open(ADMIN);
  await admin.openConversation(phone);
  await admin.send("Do outro lado");
  await agent.page.getByRole("button", { name: "1 mensagem nova" }).click();
  await expect(agent.bubble("Do outro lado")).toBeInViewport({ ratio: 1 });
  expect(await agent.messages.getByRole("listitem").count()).toBeLessThan(MOST_ROWS);
});

/** Collects the server's answers with messages of a conversation. */
function loadedBy({ page }: Inbox) {
  const loaded = { pages: 0, ids: new Set<string>() };
  page.on("response", async (response) => {
    if (!/\/messages\?/.test(response.url())) return;
    loaded.pages++;
    for (const { id } of (await response.json()) as { id: string }[]) loaded.ids.add(id);
  });
  return loaded;
}

/**
 * Scrolls up page by page until there are no more. Returns the most pixels by which rows that were added above moved a
 * row in sight, and the largest number of rows in the page.
 */
function readBack({ messages }: Inbox): Promise<{ moved: number; mostRows: number }> {
  return messages.evaluate(async (list) => {
    const frames = async (count: number) => {
      for (; count > 0; count--) await new Promise(requestAnimationFrame);
    };
    const rows = () => [...list.querySelectorAll<HTMLElement>("[data-message]")];
    const isInSight = (row: HTMLElement) => row.getBoundingClientRect().top >= list.getBoundingClientRect().top;
    let [moved, mostRows] = [0, 0];
    for (let still = 0; still < 60; ) {
      // Near the top, where the previous page is loaded, but not at it, so that there is a row above that could move.
      if (list.scrollTop > 300) {
        list.scrollTop = 300;
        await frames(3);
      }
      const { scrollHeight } = list;
      const row = rows().find(isInSight)!;
      const { top } = row.getBoundingClientRect();
      await frames(1);
      moved = Math.max(moved, row.isConnected ? Math.abs(row.getBoundingClientRect().top - top) : Infinity);
      mostRows = Math.max(mostRows, rows().length);
      still = list.scrollHeight === scrollHeight && list.getAttribute("aria-busy") === "false" ? still + 1 : 0;
    }
    list.scrollTop = 0;
    await frames(3);
    return { moved, mostRows };
  });
}
