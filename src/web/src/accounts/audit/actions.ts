/** What the server records, by what it is about. What a later server records besides is shown by its own name. */
export const ACTIONS = [
  "user.logged_in",
  "user.login_failed",
  "session.logged_out",
  "session.token_reused",
  "organization.registered",
  "organization.changed",
  "user.created",
  "user.changed",
  "user.invited",
  "user.password_set",
  "user.link_made",
  "number.created",
  "number.changed",
  "number.deleted",
  "contact.erased",
  "contact.exported",
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

/** The facts of an event as names and values, without ids, which say nothing to people; what is nested stays as it was sent. */
export function factsOf(details: Record<string, unknown> | null): [string, string][] {
  return Object.entries(details ?? {}).flatMap(([name, value]) => {
    if (name === "id" || value === null || value === undefined || value === "") return [];
    const isNested = typeof value === "object" && !(Array.isArray(value) && value.every((each) => typeof each === "string"));
    return [[name, isNested ? JSON.stringify(value) : Array.isArray(value) ? value.join(", ") : String(value)] as [string, string]];
  });
}
