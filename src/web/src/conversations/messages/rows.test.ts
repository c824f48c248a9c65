import type { Message } from "pytake-client";
import { describe, expect, it } from "vitest";
import type { Queued } from "../../realtime/outbox";
import { hasMessage, rowsOf as rowsFor } from "./rows";

const rowsOf = (messages: readonly Message[], queued: readonly Queued[]) => rowsFor(messages, queued, "me");

function message(id: string, values: Partial<Message> = {}): Message {
  const at = values.occurred_at ?? "2026-03-01T12:00:00Z";
  return {
    id,
    conversation_id: "c",
    direction: "inbound",
    sender_type: "contact",
    message_type: "text",
    content: { text: id },
    status: "received",
    created_at: at,
    occurred_at: at,
    seq: 1,
    ...values,
  };
}

const queued: Queued = {
  id: "k1",
  conversation_id: "c",
  message_type: "text",
  content: { text: "soon" },
  created_at: "2026-03-01T12:01:00Z",
};

describe("the rows of a conversation", () => {
  it("mark the beginning of each day and of each turn", () => {
    const rows = rowsOf(
      [
        message("a"),
        message("b", { occurred_at: "2026-03-01T12:01:00Z" }),
        message("c", { occurred_at: "2026-03-01T12:20:00Z" }),
        message("d", { occurred_at: "2026-03-03T12:00:00Z" }),
      ],
      [],
    );
    expect(rows.map(({ startsDay, startsTurn }) => [startsDay, startsTurn])).toEqual([
      [true, true],
      [false, false],
      [false, true],
      [true, true],
    ]);
  });

  it("keep the key of a queued message when the server has it, and show it once", () => {
    const [waiting] = rowsOf([], [queued]);
    const arrived = message("m1", { client_message_id: "k1", direction: "outbound", sender_type: "agent" });
    const rows = rowsOf([arrived], [queued]);
    expect(rows.map(({ key }) => key)).toEqual([waiting!.key]);
    expect(rows[0]!.message).toBe(arrived);
  });

  it("have none for a reaction, unless it failed", () => {
    const reaction = { message_type: "reaction", direction: "outbound" as const };
    expect(rowsOf([message("r", { ...reaction, status: "sent" })], [])).toEqual([]);
    expect(rowsOf([message("r", { ...reaction, status: "failed" })], []).length).toBe(1);
  });

  it("have none for a queued reaction", () => {
    expect(rowsOf([], [{ ...queued, message_type: "reaction", content: { message_id: "m1", emoji: "👍" } }])).toEqual([]);
  });

  it("are new objects only where their content has changed", () => {
    const minute = (n: number) => new Date(Date.UTC(2026, 2, 1, 12, n)).toISOString();
    const messages = Array.from({ length: 10_000 }, (_, n) => message(`m${n}`, { occurred_at: minute(n) }));
    const before = rowsOf(messages, []);
    const ticked = messages.with(5_000, { ...messages[5_000]!, status: "read" });
    const after = rowsOf(ticked, [queued]);
    expect(after.filter((row) => !before.includes(row)).map(({ key }) => key)).toEqual(["m5000", "k1"]);
    // Another sender's message in between begins a turn, and so does the one after it.
    const between = message("n", { occurred_at: minute(7_000), sender_type: "agent" });
    const split = rowsOf(ticked.toSpliced(7_001, 0, between), []);
    expect(split.filter((row) => !after.includes(row)).map(({ key }) => key)).toEqual(["n", "m7001"]);
  });
});

describe("photos that one sender sends one after the other", () => {
  const photo = (id: string, second: number, values: Partial<Message> = {}) =>
    message(id, {
      message_type: "image",
      content: {},
      media: { state: "stored", url: `/api/v1/media/${id}`, mime_type: "image/jpeg" },
      occurred_at: new Date(Date.UTC(2026, 2, 1, 12, 0, second)).toISOString(),
      ...values,
    });
  const ours = { direction: "outbound", sender_type: "agent", sender_user_id: "me", status: "sent" } as const;
  const waiting = (id: string, second: number): Queued => ({
    ...queued,
    id,
    message_type: "image",
    content: {},
    file: { name: "foto.jpg", type: "image/jpeg", size: 1 },
    created_at: new Date(Date.UTC(2026, 2, 1, 12, 0, second)).toISOString(),
  });
  const shape = (rows: ReturnType<typeof rowsOf>) => rows.map(({ key, album }) => (album ? album.map((part) => part.key) : key));

  it("are an album", () => {
    const rows = rowsOf([message("hi"), photo("a", 0), photo("b", 20), photo("c", 40), message("bye", { occurred_at: "2026-03-01T12:00:50Z" }), photo("d", 55)], []);
    expect(shape(rows)).toEqual(["hi", ["a", "b", "c"], "bye", "d"]);
    expect(rows[1]).toMatchObject({ key: "a", startsTurn: false });
    expect([hasMessage(rows[1]!, "b"), hasMessage(rows[1]!, "d"), hasMessage(rows[3]!, "d")]).toEqual([true, false, true]);
  });

  it("are none where one has words, fails, or comes late or from somebody else", () => {
    expect(shape(rowsOf([photo("a", 0), photo("b", 1, { content: { caption: "this" } }), photo("c", 2)], []))).toEqual(["a", "b", "c"]);
    expect(shape(rowsOf([photo("a", 0), photo("b", 1, { media: { state: "failed", mime_type: null } }), photo("c", 2)], []))).toEqual(["a", "b", "c"]);
    expect(shape(rowsOf([photo("a", 0), photo("b", 61)], []))).toEqual(["a", "b"]);
    expect(shape(rowsOf([photo("a", 0), photo("b", 1, ours)], []))).toEqual(["a", "b"]);
    expect(shape(rowsOf([photo("a", 0, { ...ours, status: "failed" }), photo("b", 1, ours)], []))).toEqual(["a", "b"]);
  });

  it("stay in one album from the queue to the customer", () => {
    const [first, second] = [photo("m1", 0, { ...ours, client_message_id: "k1" }), photo("m2", 1, { ...ours, client_message_id: "k2" })];
    const queue = [waiting("k1", 0), waiting("k2", 1), waiting("k3", 2)];
    const stages = [rowsOf([], queue), rowsOf([first], queue), rowsOf([first, second], queue.slice(2))];
    expect(stages.map(shape)).toEqual([[["k1", "k2", "k3"]], [["k1", "k2", "k3"]], [["k1", "k2", "k3"]]]);
    expect(shape(rowsOf([first], [{ ...queue[1]!, refusal: "no" }, queue[2]!]))).toEqual(["k1", "k2", "k3"]);
  });

  it("are the same row until one of them changes", () => {
    const photos = [photo("a", 0), photo("b", 1), photo("c", 2)];
    const [before] = rowsOf(photos, []);
    expect(rowsOf([...photos, message("bye", { occurred_at: "2026-03-01T12:10:00Z" })], [])[0]).toBe(before);
    expect(rowsOf(photos.with(1, { ...photos[1]!, reactions: [{ emoji: "👍" }] }), [])[0]).not.toBe(before);
  });
});
