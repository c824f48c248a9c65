import type { PresenceSnapshot, UserStatus } from "../events.js";

/** Who is online. A snapshot, which comes with each new connection, replaces what is known. */
export class Presence {
  readonly #online = new Set<string>();

  get online(): ReadonlySet<string> {
    return this.#online;
  }

  receive({ user_id, status }: UserStatus): void {
    if (status === "online") this.#online.add(user_id);
    else this.#online.delete(user_id);
  }

  /** Gives the differences to what was known: the users who came online or went offline while the client was away. */
  replace({ users }: PresenceSnapshot): UserStatus[] {
    const now = new Set(users.filter((user) => user.status === "online").map((user) => user.user_id));
    const gone = [...this.#online].filter((id) => !now.has(id));
    const come = [...now].filter((id) => !this.#online.has(id));
    this.#online.clear();
    for (const id of now) this.#online.add(id);
    return [
      ...gone.map((user_id): UserStatus => ({ user_id, status: "offline" })),
      ...come.map((user_id): UserStatus => ({ user_id, status: "online" })),
    ];
  }

  clear(): void {
    this.#online.clear();
  }
}
