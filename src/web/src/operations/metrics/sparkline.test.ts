import { describe, expect, it } from "vitest";
import { Formats } from "../../i18n/formats";
import { pretty } from "../items/pretty";
import { duration } from "../units";
import { curveOf, HEIGHT, WIDTH } from "./sparkline";

describe("a sparkline", () => {
  it("has the newest value at the right and the highest at the top", () => {
    const { line, area, end } = curveOf([0, 10], 3);
    expect(line).toBe(`M120 ${HEIGHT - 3}L${WIDTH - 3} 3`);
    expect(area).toBe(`M120 ${HEIGHT - 3}L120 ${HEIGHT - 3}L${WIDTH - 3} 3L${WIDTH - 3} ${HEIGHT - 3}Z`);
    expect(end).toEqual({ x: WIDTH - 3, y: 3 });
  });

  it("has gaps where values are not known, and shows a single value between two of them", () => {
    const { line, end } = curveOf([5, null, 5, 5, null], 5, 10);
    expect(line.match(/M/g)?.length).toBe(2);
    expect(line).toContain("h0");
    expect(end).toBeUndefined();
  });

  it("is empty without values, and low where they are small", () => {
    expect(curveOf([], 5)).toEqual({ line: "", area: "", end: undefined });
    expect(curveOf([1], 5, 100).end?.y).toBeGreaterThan(HEIGHT - 5);
  });
});

describe("figures", () => {
  it.each([
    [3.94, "3,9 ms"],
    [850.4, "850 ms"],
    [3_100, "3,1 s"],
    [150_000, "3 min"],
    [18_000_000, "5 h"],
    [400_000_000, "5 d"],
  ])("show %d ms in a readable unit", (ms, words) => expect(duration(ms, new Formats("pt-BR"))).toBe(words));

  it("indent JSON, and leave other text as it is", () => {
    expect(pretty('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(pretty("<xml")).toBe("<xml");
  });
});
