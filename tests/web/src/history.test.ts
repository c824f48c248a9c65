import { ADMIN, AGENT, Phone } from "./cluster.js";
import { addHistory } from "./database.js";
import { expect, test } from "./fixtures.js";
import type { Inbox } from "./inbox.js";

const COUNT = 10_000;

/** So many rows are in sight, or nearly, and in the page. */
const MOST_ROWS = 80;

test("ten thousand messages are read back to the first, from where the reader is, with no more in the page than is in sight", async ({ open }) => {
  test.setTimeout(240_000);
  const phone = new Phone("Otto");
  await phone.writes("Olá");
  await addHistory(phone, COUNT);
  await phone.writes("A última");
  const agent = await open(AGENT);
  const loaded = loadedBy(agent);
  await agent.openConversation(phone);
  await expect(agent.bubble("A última")).toBeInViewport({ ratio: 1 });
  // Opening it costs a page, however much lies before.
  expect(loaded.ids.size).toBeLessThanOrEqual(100);

  const { moved, mostRows } = await readBack(agent);
  expect(loaded.ids.size).toBe(COUNT + 2);
  expect(loaded.pages).toBeLessThanOrEqual(COUNT / 50 + 2);
  expect(moved).toBeLessThanOrEqual(2);
  expect(mostRows).toBeLessThan(MOST_ROWS);
  await expect(agent.bubble("Antiga 1.").first()).toBeInViewport();

  // What happens far below does not reach them there, and a click does.
  const admin = await open(ADMIN);
  await admin.openConversation(phone);
  await admin.send("Do outro lado");
  await agent.page.getByRole("button", { name: "1 mensagem nova" }).click();
  await expect(agent.bubble("Do outro lado")).toBeInViewport({ ratio: 1 });
  expect(await agent.messages.getByRole("listitem").count()).toBeLessThan(MOST_ROWS);
});

/** What the server has answered of a conversation's messages. */
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
 * Scrolls up page by page until nothing comes any more. Gives by how many pixels a row that was in sight was moved at most by
 * rows that came in above it, and the most rows there were at once.
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
      // Near the top, where the page before is asked for, and not at it, so that there is something that could be moved.
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
