/**
 * An ISO-8601 time in UTC as text that sorts like the time. The server omits trailing zeros of a fraction, and sends
 * microseconds, which a Date would lose.
 */
export function sortable(time: string): string {
  const [seconds, fraction = ""] = time.replace("Z", "").split(".");
  return `${seconds}.${fraction.padEnd(7, "0")}`;
}
