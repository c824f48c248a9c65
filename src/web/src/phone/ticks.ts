import type { Rule, StatusSettings } from "./events";

/** How WhatsApp treats the company's messages, for all customers. */
export const TICK_MODES = ["normal", "slow", "silent", "failing"] as const;
export type TickMode = (typeof TICK_MODES)[number];

export const NORMAL_MS = 250;
export const SLOW_MS = 4_000;

/** The mode that settings and rules amount to; tests may have set others than these modes. */
export function modeOf({ auto_statuses, status_delay_ms }: StatusSettings, rules: readonly Rule[]): TickMode {
  if (rules.some((rule) => rule.status !== 200)) return "failing";
  if (!auto_statuses) return "silent";
  return status_delay_ms >= 1_000 ? "slow" : "normal";
}
