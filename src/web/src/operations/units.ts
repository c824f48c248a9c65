import type { Formats } from "../i18n/formats";

/** A short duration: 4.2 ms, 850 ms, 3.1 s, 2 min, 5 h. */
export function duration(ms: number, formats: Formats): string {
  if (ms < 10) return `${formats.number(round(ms, 1))} ms`;
  if (ms < 1000) return `${formats.number(Math.round(ms))} ms`;
  if (ms < 60_000) return `${formats.number(round(ms / 1000, 1))} s`;
  if (ms < 3_600_000) return `${formats.number(Math.round(ms / 60_000))} min`;
  if (ms < 172_800_000) return `${formats.number(round(ms / 3_600_000, 1))} h`;
  return `${formats.number(Math.round(ms / 86_400_000))} d`;
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
