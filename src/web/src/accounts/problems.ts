import { RestError } from "pytake-client";

export type ProblemKind = "unreachable" | "wait" | "busy" | "inactive" | "cancelled" | "known" | "server" | "other";

/** What kind of failure it is, and after how many seconds to try again, where the server says so. */
export function problemOf(failure: unknown): { kind: ProblemKind; seconds?: number | undefined } {
  if (failure instanceof DOMException && failure.name === "InvalidStateError") return { kind: "known" };
  // What the browser's dialog about passkeys rejects with.
  if (failure instanceof DOMException && ["NotAllowedError", "SecurityError", "OperationError"].includes(failure.name)) return { kind: "cancelled" };
  if (!(failure instanceof RestError)) return { kind: "unreachable" };
  const seconds = failure.retryAfter ?? secondsIn(failure.message);
  if (failure.status === 429 || (failure.status === 403 && seconds !== undefined)) return { kind: "wait", seconds };
  if (failure.status === 503) return { kind: "busy", seconds };
  if (failure.status === 403 && /inactive|deactivated|disabled/i.test(failure.message)) return { kind: "inactive" };
  if (failure.status >= 500) return { kind: "server" };
  return { kind: "other" };
}

const FIELDS: [RegExp, string][] = [
  [/8 to 128 characters/, "length"],
  [/most common/, "common"],
  [/e-mail address, your name/, "ownName"],
  [/is not right/, "notRight"],
  [/is required|must not be empty/, "required"],
  [/must be an e-mail/, "email"],
];

/** What the server says about one field of a request that it did not accept. */
export function fieldProblem(failure: unknown, name: string): { kind: string; words: string } | undefined {
  if (!(failure instanceof RestError) || failure.status !== 422) return undefined;
  const { error } = (failure.body ?? {}) as { error?: { details?: { loc: string[]; msg: string }[] } };
  const words = error?.details?.find(({ loc }) => loc.at(-1) === name)?.msg;
  if (words === undefined) return undefined;
  return { kind: FIELDS.find(([pattern]) => pattern.test(words))?.[1] ?? "other", words };
}

function secondsIn(words: string): number | undefined {
  const found = /in (\d+) seconds/.exec(words)?.[1];
  return found === undefined ? undefined : Number(found);
}
