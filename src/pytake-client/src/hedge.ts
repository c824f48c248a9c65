export interface Hedge<T> {
  /** How long to wait for an answer before the next attempt is started. */
  pauseMs: number;
  /** The largest number of attempts. */
  most: number;
  /** Receives the answer of an attempt that was not the first to answer. */
  late?: (answer: T) => void;
}

/**
 * Starts an attempt, and another beside it after each pause in which no answer came: a node that hangs accepts requests
 * and does not answer them. The first answer counts, whether it is a value or an error; `over` then aborts the other
 * attempts ("hedged requests": Dean and Barroso, The Tail at Scale).
 */
export async function hedged<T>(ask: (over: AbortSignal) => Promise<T>, { pauseMs, most, late }: Hedge<T>): Promise<T> {
  const over = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      const answered = (answer: T) => {
        if (over.signal.aborted) return late?.(answer);
        over.abort();
        resolve(answer);
      };
      const refused = (error: unknown) => {
        over.abort();
        reject(error);
      };
      const askOneMore = (left: number) => {
        ask(over.signal).then(answered, refused);
        if (left > 1) timer = setTimeout(() => askOneMore(left - 1), pauseMs);
      };
      askOneMore(most);
    });
  } finally {
    clearTimeout(timer);
  }
}
