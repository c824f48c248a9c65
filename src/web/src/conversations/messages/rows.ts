import type { Message } from "pytake-client";
import type { Queued } from "../../realtime/outbox";

/** A row of the conversation: a message that the server has, or one that is queued. */
export interface Row {
  /** The same before and after the server has the message, so that the row stays in place. */
  readonly key: string;
  readonly at: string;
  readonly message?: Message;
  readonly queued?: Queued;
  /** The first of its day. */
  readonly startsDay: boolean;
  /** Another sender, or the same one a while later: there is a gap above it. */
  readonly startsTurn: boolean;
}

const PAUSE_MS = 5 * 60_000;

/**
 * The rows of the screen, in order. For the server a reaction is a message, which may fail to be sent; here it is shown
 * at the message that it belongs to, and only a failed one has a row.
 *
 * A row is the same object until its content changes: among ten thousand rows, a tick makes one new object.
 */
export function rowsOf(messages: readonly Message[], queued: readonly Queued[]): Row[] {
  const rows: Row[] = [];
  let before: Line | undefined;
  const add = (line: Line) => {
    rows.push(line.rowAfter(before));
    before = line;
  };
  for (const message of messages) {
    if (message.message_type === "reaction" && message.status !== "failed") continue;
    add(lineOf(message, () => new Line({ key: message.client_message_id ?? message.id, at: message.occurred_at, message })));
  }
  for (const waiting of queued) {
    if (waiting.message_type === "reaction" || messages.some(({ client_message_id }) => client_message_id === waiting.id)) continue;
    add(lineOf(waiting, () => new Line({ key: waiting.id, at: waiting.created_at, queued: waiting })));
  }
  return rows;
}

const lines = new WeakMap<Message | Queued, Line>();

function lineOf(source: Message | Queued, make: () => Line): Line {
  let line = lines.get(source);
  if (!line) lines.set(source, (line = make()));
  return line;
}

/** The facts of a message that its row depends on, computed once, and its last row. */
class Line {
  readonly #time: number;
  readonly #day: string;
  readonly #speaker: string;
  #row: Row;

  constructor(content: Omit<Row, "startsDay" | "startsTurn">) {
    const at = new Date(content.at);
    this.#time = at.getTime();
    this.#day = at.toDateString();
    this.#speaker = speaker(content);
    this.#row = { ...content, startsDay: true, startsTurn: true };
  }

  rowAfter(before: Line | undefined): Row {
    const startsDay = before === undefined || before.#day !== this.#day;
    const startsTurn = startsDay || this.#time - before.#time > PAUSE_MS || before.#speaker !== this.#speaker;
    if (startsDay !== this.#row.startsDay || startsTurn !== this.#row.startsTurn) this.#row = { ...this.#row, startsDay, startsTurn };
    return this.#row;
  }
}

function speaker({ message, queued }: Pick<Row, "message" | "queued">): string {
  if (queued) return queued.message_type === "note" ? "own note" : "own";
  return `${message!.sender_type} ${message!.sender_user_id ?? ""} ${message!.message_type === "note"}`;
}
