/** What the server records, by what it is about. What a later server records besides is shown by its own name. */
export const ACTIONS = [
  "user.logged_in",
  "user.login_failed",
  "session.logged_out",
  "session.token_reused",
  "organization.registered",
  "user.created",
  "user.changed",
  "number.created",
  "number.changed",
  "number.deleted",
  "item.replayed",
  "item.discarded",
  "dashboard.opened",
  "dashboard.used",
] as const;

/** What an administrator should look at. */
const ALARMING: readonly string[] = ["user.login_failed", "session.token_reused"];

export function isAlarming(action: string): boolean {
  return ALARMING.includes(action);
}

/** The facts of an event as names and values; what is nested stays as it was sent. */
export function factsOf(details: Record<string, unknown> | null): [string, string][] {
  return Object.entries(details ?? {}).flatMap(([name, value]) => {
    if (value === null || value === undefined || value === "") return [];
    return [[name, typeof value === "object" ? JSON.stringify(value) : String(value)] as [string, string]];
  });
}
