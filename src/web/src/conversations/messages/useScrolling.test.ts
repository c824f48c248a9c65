import { describe, expect, it } from "vitest";
import type { Queued } from "../../realtime/outbox";
import type { Row } from "./rows";
import { cameBelow, hasWritten } from "./useScrolling";

const row = (key: string, queued = false): Row => ({
  key,
  at: "2026-03-01T12:00:00Z",
  startsDay: false,
  startsTurn: false,
  ...(queued ? { queued: { id: key } as Queued } : { message: {} as NonNullable<Row["message"]> }),
});
const rows = (...keys: string[]) => keys.map((key) => row(key.replace("?", ""), key.endsWith("?")));

describe("what leads a reader to the end", () => {
  it("is a message of their own when it is written", () => {
    expect(hasWritten(rows("a", "b"), rows("a", "b", "k?"))).toBe(true);
    expect(hasWritten(rows("a", "k?"), rows("a", "k?", "l?"))).toBe(true);
  });

  it("is not that message when it is sent, refused, or passed by others", () => {
    expect(hasWritten(rows("a", "k?"), rows("a", "k"))).toBe(false);
    expect(hasWritten(rows("a", "k?"), rows("a", "b", "k?"))).toBe(false);
    expect(hasWritten(rows("a", "k?", "l?"), rows("a", "k?"))).toBe(false);
  });

  it("is not a message of another", () => {
    expect(hasWritten(rows("a"), rows("a", "b"))).toBe(false);
  });
});

describe("what came below", () => {
  it("is counted, whatever came above at the same time", () => {
    expect(cameBelow(rows("c", "d"), rows("c", "d", "e", "f"))).toBe(2);
    expect(cameBelow(rows("c", "d"), rows("a", "b", "c", "d"))).toBe(0);
    expect(cameBelow(rows("c", "d"), rows("a", "b", "c", "d", "e"))).toBe(1);
    expect(cameBelow(rows("c", "d"), rows("c"))).toBe(0);
  });
});
