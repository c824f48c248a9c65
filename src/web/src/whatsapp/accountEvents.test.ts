import { describe, expect, it } from "vitest";
import { reasonOf, subjectOf, toneOf } from "./accountEvents";

describe("an event of the account", () => {
  it.each([
    ["REJECTED", "danger"],
    ["ACCOUNT_RESTRICTION", "danger"],
    ["DISABLED_UPDATE", "danger"],
    ["FLAGGED", "danger"],
    ["UNFLAGGED", "good"],
    ["APPROVED", "good"],
    ["PENDING", "neutral"],
    [null, "neutral"],
  ] as const)("%s is %s", (event, tone) => expect(toneOf({ event, value: {} })).toBe(tone));

  it("is bad news where Meta calls it critical", () => {
    expect(toneOf({ event: "SOMETHING", value: { alert_severity: "CRITICAL" } })).toBe("danger");
  });

  it("names what it is about and why", () => {
    const value = { message_template_name: "horarios", reason: "NONE", rejection_reason: "PROMOTIONAL" };
    expect([subjectOf({ value }), reasonOf({ value })]).toEqual(["horarios", "PROMOTIONAL"]);
    expect([subjectOf({ value: {} }), reasonOf({ value: {} })]).toEqual(["", ""]);
  });
});
