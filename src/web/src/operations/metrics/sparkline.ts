export const WIDTH = 240;
export const HEIGHT = 44;

const MARGIN = 3;

export interface Curve {
  /** The line, with gaps where values are missing. */
  line: string;
  /** The area between the line and 0. */
  area: string;
  /** The place of the newest value, if it is known. */
  end: { x: number; y: number } | undefined;
}

/**
 * The curve of values, oldest first, in an area of WIDTH by HEIGHT that has room for `slots` values, the newest at the
 * right. The bottom is 0 and the top at least `least`, so that small values look small.
 */
export function curveOf(values: readonly (number | null)[], slots: number, least = 1): Curve {
  const top = Math.max(least, ...values.map((value) => value ?? 0));
  const x = (index: number) => round(WIDTH - MARGIN - ((values.length - 1 - index) * (WIDTH - 2 * MARGIN)) / (slots - 1));
  const y = (value: number) => round(HEIGHT - MARGIN - (value / top) * (HEIGHT - 2 * MARGIN));

  const pieces: { x: number; y: number }[][] = [];
  let open = false;
  values.forEach((value, index) => {
    if (value === null) {
      open = false;
      return;
    }
    if (!open) pieces.push([]);
    open = true;
    pieces.at(-1)!.push({ x: x(index), y: y(value) });
  });

  const ground = HEIGHT - MARGIN;
  const path = (points: { x: number; y: number }[]) => points.map((point) => `${point.x} ${point.y}`).join("L");
  return {
    // A single point is a line of length 0, which round line ends make visible.
    line: pieces.map((points) => `M${path(points)}${points.length === 1 ? "h0" : ""}`).join(""),
    area: pieces
      .filter((points) => points.length > 1)
      .map((points) => `M${points[0]!.x} ${ground}L${path(points)}L${points.at(-1)!.x} ${ground}Z`)
      .join(""),
    end: open ? pieces.at(-1)!.at(-1) : undefined,
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
