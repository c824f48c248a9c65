const FIRST_MS = 300;
const CAP_MS = 10_000;

/**
 * The delay before the next attempt, in milliseconds. Full jitter: anything from 0 to a ceiling that doubles with every
 * failure, so that thousands of browsers that lost the same node at the same moment do not come back at the same
 * moment.
 */
export function backoff(failures: number, random: () => number = Math.random): number {
  return random() * Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(failures, 16));
}
