import type { AccountEvent } from "../api/types";

const BAD = /REJECT|DISABLE|RESTRICT|VIOLATION|BAN|FLAGGED|PAUSED|DELETED|RED|DOWNGRADE|CRITICAL|LOCKED|DECLINED|DENIED/;
const GOOD = /^(APPROVED|UNFLAGGED|REINSTATED|UPGRADE|GREEN|ONBOARDING|VERIFIED_ACCOUNT|UNLOCKED)$/;

/** How much an event matters: bad news must be seen. */
export function toneOf({ event, value }: Pick<AccountEvent, "event" | "value">): "good" | "danger" | "neutral" {
  const word = (event ?? "").toUpperCase();
  if (GOOD.test(word)) return "good";
  return BAD.test(word) || value["alert_severity"] === "CRITICAL" ? "danger" : "neutral";
}

/** What an event is about, as far as Meta names it: a template, a number, a name. */
export function subjectOf({ value }: Pick<AccountEvent, "value">): string {
  for (const name of ["message_template_name", "requested_verified_name", "display_phone_number", "phone_number", "username"]) {
    if (typeof value[name] === "string" && value[name] !== "") return value[name];
  }
  return "";
}

/** Why it happened, where Meta says it. */
export function reasonOf({ value }: Pick<AccountEvent, "value">): string {
  for (const name of ["reason", "rejection_reason", "alert_description", "current_limit"]) {
    if (typeof value[name] === "string" && value[name] !== "" && value[name] !== "NONE") return value[name];
  }
  return "";
}
