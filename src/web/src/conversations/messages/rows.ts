import type { Message } from "pytake-client";
import type { Queued } from "../../realtime/outbox";

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
 *
 * A row is the same object for as long as it says the same: with ten thousand of them, a tick makes one anew.
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

/** What a row says by itself, worked out once, and the row that it last was. */
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
