export interface Hedge<T> {
  /** How long one waits for an answer before somebody else is asked. */
  pauseMs: number;
  /** How many are asked at most. */
  most: number;
  /** Gets what is answered all the same after another's answer. */
  late?: (answer: T) => void;
}

/**
 * Asks, and asks again beside those before while no answer comes: a node that stands still takes whatever is sent to it and
 * answers nothing. The first answer counts, a refusal as much as any other, and the signal tells the rest that nobody waits for
 * them (Dean and Barroso, The Tail at Scale, "hedged requests").
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
