import { describe, expect, it } from "vitest";
import { isOurs, lineOf } from "./control";

describe("a conversation", () => {
  it("is ours where nobody else is known to answer", () => {
    expect([undefined, null, "self"].map((controlled_by) => isOurs({ controlled_by }))).toEqual([true, true, true]);
    expect(["ai_agent", "other", "nobody", "a_new_role"].map((controlled_by) => isOurs({ controlled_by }))).toEqual([false, false, false, false]);
  });
});

describe("a handover", () => {
  it.each([
    [{ action: "passed", from: "ai_agent", to: "escalation" }, false, "passed"],
    [{ action: "passed", from: "ai_agent" }, false, "passed"],
    [{ action: "passed", to: "ai_agent" }, false, "lost"],
    [{ action: "taken", to: "escalation" }, false, "lost"],
    [{ action: "taken", from: "other", to: "self" }, true, "taken"],
    [{ action: "released", to: "nobody" }, true, "released"],
    [{ action: "routed", from: "other", to: "self" }, false, "routed"],
    [{ action: "routed", from: "self", to: "other" }, false, "lost"],
  ] as const)("%o (by an agent: %s) is said as %s", (handover, byUser, line) => expect(lineOf(handover, byUser)).toBe(line));
});
