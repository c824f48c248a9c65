import { describe, expect, it } from "vitest";
import { BARS, peaksOf } from "./waveform";

describe("a waveform", () => {
  it("has the loudest of each part, measured by the loudest of all", () => {
    expect(peaksOf(Float32Array.of(0, 0.1, -0.5, 0.2, 0.25, 0), 3)).toEqual([0.2, 1, 0.5].map((peak) => expect.closeTo(peak)));
  });

  it("is flat in silence, and whole where there are fewer samples than bars", () => {
    expect(peaksOf(new Float32Array(1_000), 4)).toEqual([0, 0, 0, 0]);
    expect(peaksOf(Float32Array.of(1, 1))).toHaveLength(BARS);
  });
});
