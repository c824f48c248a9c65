import type { Message } from "pytake-client";
import type { Queued } from "../composer/outbox";

/** A line of the conversation: a message of the server's, or one that is still on its way there. */
export interface Row {
  /** The same before and after the server has the message, so that it stays where it is. */
  readonly key: string;
  readonly at: string;
  readonly message?: Message;
  readonly queued?: Queued;
  /** The first of its day. */
  readonly startsDay: boolean;
  /** Somebody else's turn, or a while later: it stands a little apart. */
  readonly startsTurn: boolean;
}

const PAUSE_MS = 5 * 60_000;

/**
 * What the screen shows, in order. Reactions are messages of their own to the server, since they are sent and may fail;
 * here they stand at the message that they are for, and only one that failed is a line.
 */
export function rowsOf(messages: readonly Message[], queued: readonly Queued[]): Row[] {
  const arrived = new Set(messages.flatMap(({ client_message_id }) => client_message_id ?? []));
  const rows: Row[] = [];
  const add = (row: Omit<Row, "startsDay" | "startsTurn">) => rows.push({ ...row, ...startsAfter(rows.at(-1), row) });
  for (const message of messages) {
    if (message.message_type === "reaction" && message.status !== "failed") continue;
    add({ key: message.client_message_id ?? message.id, at: message.occurred_at, message });
  }
  for (const waiting of queued) {
    if (!arrived.has(waiting.id)) add({ key: waiting.id, at: waiting.created_at, queued: waiting });
  }
  return rows;
}

function startsAfter(before: Row | undefined, row: Omit<Row, "startsDay" | "startsTurn">) {
  if (!before) return { startsDay: true, startsTurn: true };
  const [then, now] = [new Date(before.at), new Date(row.at)];
  const startsDay = then.toDateString() !== now.toDateString();
  const isLater = now.getTime() - then.getTime() > PAUSE_MS;
  return { startsDay, startsTurn: startsDay || isLater || speaker(before) !== speaker(row) };
}

function speaker({ message, queued }: Pick<Row, "message" | "queued">): string {
  if (queued) return queued.message_type === "note" ? "own note" : "own";
  return `${message!.sender_type} ${message!.sender_user_id ?? ""} ${message!.message_type === "note"}`;
}
