import type { Conversation } from "pytake-client";

/** Whether agents may write: nobody else answers. */
export function isOurs({ controlled_by }: Pick<Conversation, "controlled_by">): boolean {
  return controlled_by === undefined || controlled_by === null || controlled_by === "self";
}

/** The content of a handover, as the server has it. */
export interface Handover {
  action?: string;
  from?: string | null;
  to?: string | null;
  note?: string;
  summary?: string;
}

/** Which words say what a handover did; `byUser`: an agent of ours did it. */
export function lineOf({ action, to }: Handover, byUser: boolean): "passed" | "lost" | "taken" | "released" | "routed" {
  if (action === "released") return "released";
  if (action === "taken" && byUser) return "taken";
  if (action === "passed" && to !== "ai_agent") return "passed";
  return to === "self" ? "routed" : "lost";
}
