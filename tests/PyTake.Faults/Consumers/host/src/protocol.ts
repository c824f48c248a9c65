/** The protocol of the pipe to ConsumerHost.cs: one JSON value per line. */

/** The first line of input: the user that the consumers log in as, and the conversations that each of them opens. */
export interface Opening {
  base_url: string;
  organization: string;
  email: string;
  password: string;
  consumers: { rooms: string[] }[];
}

/** Every other line of input. */
export type Command =
  /** Answer when everything emitted so far has been written. */
  | { id: number; do: "sync" }
  /** Cut a consumer's network for `ms` milliseconds; answer when it is back. */
  | { id: number; do: "cut"; consumer: number; ms: number };

/** Every line of output. The opening is answered as number 0, when all consumers are live. */
export type Line = { observations: Observation[] } | { answer: number; error?: string };

/** Something that a consumer's client emitted, or that happened to it. */
export interface Observation {
  consumer: number;
  /** Nanoseconds of the machine's monotonic clock, which .NET's Stopwatch reads as well. */
  at: number;
  /**
   * - `new`, `updated`, `status`: a callback for a conversation that it follows.
   * - `listed`: a change in the list, or an entry of its first page.
   * - `dropped`: the connection was lost.
   * - `foreign`: the server sent something that was not meant for it.
   * - `broken`: the client gave up on something.
   */
  kind: "new" | "updated" | "status" | "listed" | "dropped" | "foreign" | "broken";
  conversation?: string;
  message?: string;
  seq?: number;
  /** With `listed`: the conversation's last seq. */
  last_seq?: number;
  status?: string;
  /** A message's text; a description with `foreign` and `broken`. */
  text?: string;
}
