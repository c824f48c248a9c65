import { describe, expect, it } from "vitest";
import type { Queued } from "../../realtime/outbox";
import type { Row } from "./rows";
import { rowsBelow, hasWritten } from "./useScrolling";

const row = (key: string, queued = false): Row => ({
  key,
  at: "2026-03-01T12:00:00Z",
  startsDay: false,
  startsTurn: false,
  ...(queued ? { queued: { id: key } as Queued } : { message: {} as NonNullable<Row["message"]> }),
});
const rows = (...keys: string[]) => keys.map((key) => row(key.replace("?", ""), key.endsWith("?")));

describe("a reader is taken to the end", () => {
  it("by writing a message", () => {
    expect(hasWritten(rows("a", "b"), rows("a", "b", "k?"))).toBe(true);
    expect(hasWritten(rows("a", "k?"), rows("a", "k?", "l?"))).toBe(true);
  });

  it("not when that message is sent, refused, or overtaken by others", () => {
    expect(hasWritten(rows("a", "k?"), rows("a", "k"))).toBe(false);
    expect(hasWritten(rows("a", "k?"), rows("a", "b", "k?"))).toBe(false);
    expect(hasWritten(rows("a", "k?", "l?"), rows("a", "k?"))).toBe(false);
  });

  it("not by another user's message", () => {
    expect(hasWritten(rows("a"), rows("a", "b"))).toBe(false);
  });
});

describe("new rows below", () => {
  it("are counted, whatever is added above at the same time", () => {
    expect(rowsBelow(rows("c", "d"), rows("c", "d", "e", "f"))).toBe(2);
    expect(rowsBelow(rows("c", "d"), rows("a", "b", "c", "d"))).toBe(0);
    expect(rowsBelow(rows("c", "d"), rows("a", "b", "c", "d", "e"))).toBe(1);
    expect(rowsBelow(rows("c", "d"), rows("c"))).toBe(0);
  });
});
