import { AGENT, Phone } from "./cluster.js";
import { expect, test } from "./fixtures.js";
import type { Inbox } from "./inbox.js";

/** More rows than fit the window, and fewer than a page, so that no other page is loaded in between. */
const LINES = 40;

test.describe("a reader who has scrolled up", () => {
  test("stays there, even while the list still scrolls to its end", async ({ open }) => {
    const { agent, phone } = await conversation(open, "Adele");
    const page = await agent.messages.evaluateHandle((list) => {
      const scrollUpAfterIt = async () => {
        while (!list.textContent!.includes("Agora.")) await new Promise((resolve) => setTimeout(resolve));
        list.scrollTop = 0;
        for (let frames = 30; frames > 0; frames--) await new Promise(requestAnimationFrame);
        return list.scrollTop;
      };
      return { position: scrollUpAfterIt() };
    });
    await phone.writes("Agora.");
    expect(await page.evaluate(({ position }) => position)).toBe(0);
    await expect(agent.bubble("Linha 0.")).toBeInViewport();
  });

  test("stays there in the frame in which a row is added", async ({ open }) => {
    const { agent, phone } = await conversation(open, "Bruno");
    const page = await agent.messages.evaluateHandle((list) => {
      // The row is added before the browser's scroll event, of which there is one in a frame.
      const hasCome = () => list.textContent!.includes("Agora.") || list.parentElement!.textContent!.includes("1 mensagem nova");
      const scrollUpUntilIt = async () => {
        while (!hasCome()) {
          list.scrollTop = list.scrollHeight;
          list.scrollTop -= list.clientHeight;
          await new Promise((resolve) => setTimeout(resolve));
        }
        for (let frames = 30; frames > 0; frames--) await new Promise(requestAnimationFrame);
        return list.scrollHeight - list.clientHeight - list.scrollTop;
      };
      return { distance: scrollUpUntilIt() };
    });
    await phone.writes("Agora.");
    expect(await page.evaluate(({ distance }) => distance)).toBeGreaterThan(100);
  });

  test("stays there through a tick, a reaction, and others' messages", async ({ open }) => {
    const { agent, phone } = await conversation(open, "Caio");
    await agent.send("Uma resposta");
    await expect(agent.bubble("Uma resposta")).toHaveAttribute("data-status", "sent");
    const { wamid } = (await phone.received())[0]!;
    const before = await scrolledUp(agent, 60);

    await phone.hasRead(wamid);
    await expect(agent.bubble("Uma resposta")).toHaveAttribute("data-status", "read");
    await phone.sends({ type: "reaction", reaction: { message_id: wamid, emoji: "👍" } });
    await expect(agent.bubble("Uma resposta")).toContainText("👍");
    await phone.writes("Um.");
    await phone.writes("Dois.");
    await expect(agent.page.getByRole("button", { name: "2 mensagens novas" })).toBeVisible();
    expect(await top(agent)).toBe(before);

    await agent.page.getByRole("button", { name: "2 mensagens novas" }).click();
    await expect(agent.bubble("Dois.")).toBeInViewport();
    await expect(agent.page.getByRole("button", { name: "mensagens novas" })).toBeHidden();
  });

  test("is taken to the end by writing a message, not when it is sent", async ({ open }) => {
    const { agent } = await conversation(open, "Dora");
    let answer = () => {};
    const isHeld = new Promise<void>((resolve) => (answer = resolve));
    await agent.page.route(/\/messages$/, async (route) => {
      if (route.request().method() === "POST") await isHeld;
      await route.continue();
    });
    await scrolledUp(agent, 600);
    await agent.send("Minha");
    await expect(agent.bubble("Minha")).toBeInViewport();
    const before = await scrolledUp(agent, 150);
    answer();
    await expect(agent.bubble("Minha")).toHaveAttribute("data-status", "sent");
    expect(await top(agent)).toBe(before);
  });
});

test("a reader at the end stays there, whatever arrives and however tall it is", async ({ open }) => {
  const { agent, phone } = await conversation(open, "Enzo");
  await phone.writes(Array.from({ length: 60 }, (_, i) => `${i}`).join("\n"));
  await phone.writes("Depois");
  await expect(agent.bubble("Depois")).toBeInViewport({ ratio: 1 });
  await agent.send("Certo");
  await expect(agent.bubble("Certo")).toHaveAttribute("data-status", "sent");
  const { wamid } = (await phone.received())[0]!;
  await phone.sends({ type: "reaction", reaction: { message_id: wamid, emoji: "❤️" } });
  await expect(agent.bubble("Certo").getByText("❤️")).toBeInViewport({ ratio: 1 });
  // The text field grows, which makes the list smaller.
  await agent.text.fill("Um\nDois\nTrês\nQuatro");
  await expect(agent.bubble("Certo").getByText("❤️")).toBeInViewport({ ratio: 1 });
  await expect.poll(() => left(agent)).toBeLessThanOrEqual(2);
});

async function conversation(open: (account: typeof AGENT) => Promise<Inbox>, name: string) {
  const phone = new Phone(name);
  for (let line = 0; line < LINES; line++) await phone.writes(`Linha ${line}.`);
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await expect(agent.bubble(`Linha ${LINES - 1}.`)).toBeInViewport({ ratio: 1 });
  return { agent, phone };
}

/** Turns the wheel; returns the position of the list afterwards. */
async function scrolledUp(agent: Inbox, pixels: number): Promise<number> {
  const before = await top(agent);
  await agent.messages.hover();
  await agent.page.mouse.wheel(0, -pixels);
  await expect.poll(() => top(agent)).toBe(before - pixels);
  return before - pixels;
}

function top(agent: Inbox): Promise<number> {
  return agent.messages.evaluate(({ scrollTop }) => scrollTop);
}

/** The pixels between the last row in sight and the end. */
function left(agent: Inbox): Promise<number> {
  return agent.messages.evaluate(({ scrollTop, scrollHeight, clientHeight }) => scrollHeight - clientHeight - scrollTop);
}
