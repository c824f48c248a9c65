import { expect, it } from "vitest";
import { backoff } from "./backoff.js";

it("has a ceiling that doubles from 300 ms to 10 s", () => {
  expect([0, 1, 2, 3, 4, 5, 6, 99].map((failures) => backoff(failures, () => 1))).toEqual([
    300, 600, 1200, 2400, 4800, 9600, 10_000, 10_000,
  ]);
});

it("is anything between 0 and its ceiling", () => {
  expect(backoff(3, () => 0)).toBe(0);
  expect(backoff(3, () => 0.25)).toBe(600);
});
