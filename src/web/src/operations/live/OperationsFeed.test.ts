import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readEvents } from "./eventStream";
import { OperationsFeed } from "./OperationsFeed";

/** A body that arrives in pieces of `size` bytes. With `unended` it does not end before that aborts. */
function body(text: string, size = 7, unended?: AbortSignal): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let i = 0; i < bytes.length; i += size) controller.enqueue(bytes.slice(i, i + size));
      if (unended) unended.addEventListener("abort", () => controller.error(unended.reason));
      else controller.close();
    },
  });
}

function snapshot(at: string): string {
  const times = { count: 0, p50_ms: 0, p99_ms: 0 };
  const data = { at, node: "n", nodes: [], times: { webhook_to_browser: times, commit_to_fan_out: times }, lanes: [], items: null, outbound: null };
  return `event: snapshot\ndata: ${JSON.stringify(data)}\n\n`;
}

describe("server-sent events", () => {
  it.each([1, 2, 5, 1000])("are read from pieces of %i bytes", async (size) => {
    const events = [];
    for await (const event of readEvents(body(": hello\n\nevent: a\ndata: {\ndata: é}\n\ndata:b\r\n\r\nevent: lost", size))) events.push(event);
    expect(events).toEqual([{ name: "a", data: "{\né}" }, { name: "message", data: "b" }]);
  });
});

describe("the feed of operations", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("reconnects with a fresh token when the stream ends", async () => {
    const tokens: string[] = [];
    const answers = [snapshot("2026-01-01T00:00:01Z"), snapshot("2026-01-01T00:00:02Z")];
    const feed = new OperationsFeed({
      token: async () => `token-${tokens.length}`,
      random: () => 1,
      fetch: async (_url, { headers, signal }) => {
        tokens.push((headers as Record<string, string>).Authorization!);
        return new Response(body(answers.shift() ?? "", 64, answers.length > 0 ? undefined : signal!));
      },
    });
    feed.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(feed.status.value).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(600);
    expect(tokens).toEqual(["Bearer token-0", "Bearer token-1"]);
    expect(feed.status.value).toBe("live");
    expect(feed.state.value.history.length).toBe(2);

    await vi.advanceTimersByTimeAsync(16_000);
    expect(tokens.length).toBeGreaterThan(2);
    feed.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    const { length } = tokens;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tokens.length).toBe(length);
  });

  it("does not reconnect when access is denied", async () => {
    let asked = 0;
    const feed = new OperationsFeed({ token: async () => "t", fetch: async () => (asked++, new Response("{}", { status: 403 })) });
    feed.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([feed.status.value, asked]).toEqual(["forbidden", 1]);
  });
});
