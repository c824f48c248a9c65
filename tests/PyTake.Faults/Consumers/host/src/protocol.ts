/** What crosses the pipe to ConsumerHost.cs, one JSON value a line. */

/** The first line that comes in: whose consumers these are, and which conversations each of them opens. */
export interface Opening {
  base_url: string;
  organization: string;
  email: string;
  password: string;
  consumers: { rooms: string[] }[];
}

/** Every other line that comes in. */
export type Command =
  /** Answer when all that was told so far has been written. */
  | { id: number; do: "sync" }
  /** Take a consumer's network away for so long; answer when it is back. */
  | { id: number; do: "cut"; consumer: number; ms: number };

/** Every line that goes out. The opening is answered as number 0, when all consumers are live. */
export type Line = { told: Told[] } | { answer: number; error?: string };

/** Something that a consumer's client told it, or that befell it. */
export interface Told {
  consumer: number;
  /** Nanoseconds of the machine's monotonic clock, which .NET's Stopwatch has as well. */
  at: number;
  /**
   * - `new`, `updated`, `status`: a callback for a conversation that it follows.
   * - `listed`: a change in the list, or what its first page shows.
   * - `dropped`: the connection was lost.
   * - `foreign`: the server said something that is not for it.
   * - `broken`: the client has given something up.
   */
  kind: "new" | "updated" | "status" | "listed" | "dropped" | "foreign" | "broken";
  conversation?: string;
  message?: string;
  seq?: number;
  /** With `listed`: the conversation's own number. */
  last_seq?: number;
  status?: string;
  /** Of a message; in words with `foreign` and `broken`. */
  text?: string;
}
