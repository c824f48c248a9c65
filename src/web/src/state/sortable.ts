/**
 * An ISO-8601 time in UTC as text that sorts as the time does. The server leaves trailing zeros of a fraction out, and
 * tells microseconds, which a Date would lose.
 */
export function sortable(time: string): string {
  const [seconds, fraction = ""] = time.replace("Z", "").split(".");
  return `${seconds}.${fraction.padEnd(7, "0")}`;
}
