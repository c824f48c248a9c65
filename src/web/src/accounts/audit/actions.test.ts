import { describe, expect, it } from "vitest";
import { resources } from "../../i18n/i18n";
import { ACTIONS, factsOf } from "./actions";

describe("the audit trail", () => {
  it.each(["pt-BR", "en"])("has words for all that is recorded (%s)", (language) => {
    const texts = resources()[language]!.audit!.actions as Record<string, Record<string, string>>;
    const known = Object.entries(texts).flatMap(([kind, verbs]) => Object.keys(verbs).map((verb) => `${kind}.${verb}`));
    expect(known.sort()).toEqual([...ACTIONS].sort());
  });

  it("shows the facts of an event, and leaves out what is empty", () => {
    expect(factsOf({ id: "7", role: "agent", count: 3, is_active: false, name: null, changed: ["a", "b"], more: { a: [1] } })).toEqual([
      ["role", "agent"],
      ["count", "3"],
      ["is_active", "false"],
      ["changed", "a, b"],
      ["more", '{"a":[1]}'],
    ]);
    expect(factsOf(null)).toEqual([]);
  });
});
