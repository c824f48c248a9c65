/** The part of `localStorage` that is used. */
export type KeyValues = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;

/** What a user has written and the server does not have. */
export type PersonalKind = "outbox" | "draft";

const KINDS: readonly PersonalKind[] = ["outbox", "draft"];

/**
 * The beginning of the keys under which texts of one user are stored in the browser. Everything that is kept of a user and is
 * no setting of the browser belongs below such a key, so that it leaves with the logout.
 */
export function personalPrefix(kind: PersonalKind, userId: string): string {
  return `pytake.${kind}.${userId}.`;
}

export function keysBelow(storage: KeyValues, prefix: string): string[] {
  return Array.from({ length: storage.length }, (_, index) => storage.key(index)!).filter((key) => key.startsWith(prefix));
}

/** How many texts of each kind a user has in the storage. */
export function countPersonal(storage: KeyValues, userId: string): Record<PersonalKind, number> {
  const count = (kind: PersonalKind) => keysBelow(storage, personalPrefix(kind, userId)).length;
  return { outbox: count("outbox"), draft: count("draft") };
}

/** Removes the texts of all users, or of all but one, from the storage, and gives how many there were. */
export function forgetPersonal(storage: KeyValues, exceptUserId?: string): number {
  const kept = exceptUserId === undefined ? [] : KINDS.map((kind) => personalPrefix(kind, exceptUserId));
  const keys = KINDS.flatMap((kind) => keysBelow(storage, `pytake.${kind}.`));
  const forgotten = keys.filter((key) => !kept.some((prefix) => key.startsWith(prefix)));
  forgotten.forEach((key) => storage.removeItem(key));
  return forgotten.length;
}
