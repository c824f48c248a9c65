import { describe, expect, it } from "vitest";
import en from "./locales/en.json";
import { errorKind, remedyFor } from "./errors";

describe("an error of WhatsApp", () => {
  it.each([
    ["131042", "payment"],
    ["134011", "payment"],
    ["190", "token"],
    ["230", "permission"],
    ["133010", "registration"],
    ["131026", "unreachable"],
    ["not_sent", "notSent"],
    ["http_503", "trouble"],
    ["999999", undefined],
    [null, undefined],
  ])("with code %s is of kind %s", (code, kind) => expect(errorKind(code)).toBe(kind));

  it("has words for every kind", () => {
    const codes = ["0", "3", "368", "130497", "131042", "131045", "131037", "4", "131048", "1", "131026", "131021", "131030", "131062"];
    for (const code of codes) expect(en.errors[errorKind(code)!].what).not.toBe("");
  });

  it("offers a template where the window is closed, and no repetition that must fail", () => {
    expect(remedyFor("131047")).toBe("template");
    expect(remedyFor("132001")).toBe("template");
    expect(remedyFor("131050")).toBe("none");
    expect(remedyFor("131026")).toBe("retry");
    expect(remedyFor("77")).toBe("retry");
  });
});
