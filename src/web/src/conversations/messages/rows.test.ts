import type { Message } from "pytake-client";
import { describe, expect, it } from "vitest";
import type { Queued } from "../../realtime/outbox";
import { rowsOf } from "./rows";

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
