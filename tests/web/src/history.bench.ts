import type { CDPSession } from "@playwright/test";
import { ADMIN, AGENT, Api, Phone } from "./cluster.js";
import { addHistory } from "./database.js";
import { expect, test } from "./fixtures.js";
import type { Inbox } from "./inbox.js";

const COUNT = Number(process.env.PYTAKE_BENCH_MESSAGES ?? 10_000);
const EVENTS = 100;

/** Measures what a long conversation costs a browser. `npm run bench` prints it; no speed is asserted. */
test("a long conversation", async ({ open }) => {
  test.setTimeout(600_000);
  const [small, long] = [new Phone("Curta"), new Phone("Longa")];
  for (const phone of [small, long]) for (let line = 0; line < 50; line++) await phone.writes(`Linha ${line}.`);
  await addHistory(long, COUNT);
  for (const phone of [small, long]) await phone.writes("A última");
  const agent = await open(AGENT);
  const browser = await agent.context.newCDPSession(agent.page);
  await browser.send("Performance.enable");

  const opened = { small: [] as number[], long: [] as number[] };
  for (let round = 0; round < 5; round++) {
    for (const [name, phone] of [["small", small], ["long", long]] as const) {
      await agent.page.reload();
      await agent.isLive();
      opened[name].push(await timeToOpen(agent, phone));
    }
  }
  console.log(`opened, ms (median of 5): 51 messages ${median(opened.small)}, ${COUNT + 51} messages ${median(opened.long)}`);

  const pages = await readBack(agent);
  console.log(`pages of 50 read back: ${pages.length}, from the request to the rows, ms: ${summary(pages)}`);
  console.log(`with ${COUNT + 51} messages: ${await weight(browser, agent)}`);

  for (const step of [40, 400, 4000]) {
    const { frames, longTasks } = await scrollThrough(agent, step);
    console.log(`scrolled ${step} px a frame, ${frames.length} frames, ms: ${summary(frames)}; tasks over 50 ms: ${longTasks}`);
  }
  const cost = { all: await eventCost(browser, agent, long), small: 0 };
  await agent.openConversation(small);
  cost.small = await eventCost(browser, agent, small);
  console.log(`a message that comes, ms of the page's processor: ${cost.small} in 51 messages, ${cost.all} in ${COUNT + 51}`);
});

async function timeToOpen(agent: Inbox, phone: Phone): Promise<number> {
  await expect(agent.item(phone)).toBeVisible();
  return agent.item(phone).evaluate(async (link) => {
    const start = performance.now();
    (link as HTMLElement).click();
    while (!document.querySelector("main [role=list]:last-of-type")?.textContent?.includes("A última")) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now() - start;
  });
}

/** Scrolls up to the first message; returns how long each page took. */
function readBack({ messages }: Inbox): Promise<number[]> {
  return messages.evaluate(async (list) => {
    const frame = () => new Promise(requestAnimationFrame);
    const times: number[] = [];
    for (let still = 0; still < 20; ) {
      const { scrollHeight } = list;
      list.scrollTop = 300;
      const start = performance.now();
      do await frame();
      while (list.scrollHeight === scrollHeight && list.getAttribute("aria-busy") === "true");
      if (list.scrollHeight === scrollHeight) still++;
      else {
        still = 0;
        times.push(performance.now() - start);
      }
    }
    return times;
  });
}

/** Scrolls from the end to the start; returns how long each frame took. */
function scrollThrough({ messages }: Inbox, step: number): Promise<{ frames: number[]; longTasks: number }> {
  return messages.evaluate(async (list, pixels) => {
    let longTasks = 0;
    const observer = new PerformanceObserver((entries) => (longTasks += entries.getEntries().length));
    observer.observe({ type: "longtask" });
    const frame = () => new Promise<number>(requestAnimationFrame);
    list.scrollTop = list.scrollHeight;
    for (let settled = 0; settled < 10; settled++) await frame();
    const frames: number[] = [];
    for (let before = await frame(); frames.length < 1_000 && list.scrollTop > 0; ) {
      list.scrollTop -= pixels;
      const now = await frame();
      frames.push(now - before);
      before = now;
    }
    observer.disconnect();
    return { frames, longTasks };
  }, step);
}

async function weight(browser: CDPSession, { messages }: Inbox): Promise<string> {
  await browser.send("HeapProfiler.collectGarbage");
  const { JSHeapUsedSize } = await metrics(browser);
  const elements = await messages.evaluate(() => document.querySelectorAll("*").length);
  return `${elements} elements in the page, ${(JSHeapUsedSize! / 2 ** 20).toFixed(1)} MB of heap`;
}

/** Sends messages while the reader is at the end, where each is shown. */
async function eventCost(browser: CDPSession, agent: Inbox, phone: Phone): Promise<number> {
  const api = await Api.as(ADMIN);
  const { id } = await api.conversationOf(phone);
  const toEnd = agent.page.getByRole("button", { name: "Ir para o fim" });
  if (await toEnd.isVisible()) await toEnd.click();
  await expect(agent.messages.getByRole("article").last()).toBeInViewport();
  const before = await metrics(browser);
  for (let event = 0; event < EVENTS; event++) await api.post(`/conversations/${id}/notes`, { text: `Nota ${event}.` });
  await expect(agent.bubble(`Nota ${EVENTS - 1}.`)).toBeVisible();
  const after = await metrics(browser);
  return round((1000 * (after.TaskDuration! - before.TaskDuration!)) / EVENTS);
}

async function metrics(browser: CDPSession): Promise<Record<string, number>> {
  const { metrics } = await browser.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

function summary(values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN);
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, most ${at(1)}`;
}

function median(values: number[]): number {
  return round([...values].sort((a, b) => a - b)[values.length >> 1]!);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
