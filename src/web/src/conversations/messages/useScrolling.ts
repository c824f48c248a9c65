import { useLayoutEffect, useRef, useState, type RefObject } from "react";
import type { AlbumPart, Row } from "./rows";

/** A user who scrolls down is at the end when this many pixels, less than a line, are left. */
const NEAR_END = 16;

/** Pixels that may be left by rounding when the browser has scrolled to the end. */
const ROUNDING = 2;

/**
 * Keeps the list at its end while the reader is there, and in place otherwise: pages that are added above push nothing
 * down, and rows that are added below are counted. Writing a message scrolls to the end once.
 *
 * virtua's `scrollToIndex` is not used for this, because it keeps scrolling for 150 ms after each row that it measures.
 * Scrolling up shows rows to be measured, so it would take the reader back to the end.
 */
export function useScrolling(scroller: RefObject<HTMLElement | null>, rows: readonly Row[]) {
  const [isAtEnd, setIsAtEnd] = useState(true);
  const [missed, setMissed] = useState(0);
  const position = useRef({ isHeld: true, offset: 0 });
  const seen = useRef<readonly Row[]>([]);
  const grewAtTop = seen.current.length > 0 && seen.current[0]?.key !== rows[0]?.key;

  const hold = (isHeld: boolean) => {
    position.current.isHeld = isHeld;
    setIsAtEnd(isHeld);
    if (isHeld) setMissed(0);
  };
  const toEnd = () => {
    hold(true);
    goToEnd();
  };
  /** Somebody goes to another place of the list. */
  const leaveEnd = () => hold(false);
  const goToEnd = () => {
    if (!scroller.current) return;
    scroller.current.scrollTop = scroller.current.scrollHeight;
    position.current.offset = scroller.current.scrollTop;
  };

  /** Only scrolling up leaves the end; rows that grow, and a list that gets taller, do not. */
  const scrolled = () => {
    if (!scroller.current) return;
    const { scrollTop, scrollHeight, clientHeight } = scroller.current;
    const wentUp = scrollTop < position.current.offset;
    const left = scrollHeight - clientHeight - scrollTop;
    position.current.offset = scrollTop;
    if (wentUp && left > ROUNDING) hold(false);
    else if (left <= NEAR_END) hold(true);
  };

  useLayoutEffect(() => {
    const before = seen.current;
    seen.current = rows;
    // The reader may have scrolled in this frame, for which the scroll event comes later.
    scrolled();
    if (before.length === 0 || hasWritten(before, rows)) return toEnd();
    if (position.current.isHeld) return goToEnd();
    const below = rowsBelow(before, rows);
    if (below > 0) setMissed((count) => count + below);
  }, [rows]);

  /** Rows were measured again, or the list has another height. */
  const resized = () => {
    if (position.current.isHeld) goToEnd();
  };
  return { grewAtTop, isAtEnd, missed, scrolled, resized, toEnd, leaveEnd };
}

/** Whether the last row is a message that the user has written since. */
export function hasWritten(before: readonly Row[], rows: readonly Row[]): boolean {
  const last = lastOf(rows.at(-1));
  return last?.queued !== undefined && before.every((row) => lastOf(row)!.key !== last.key);
}

/** How many rows were added below the first of those before. */
export function rowsBelow(before: readonly Row[], rows: readonly Row[]): number {
  const first = rows.findIndex(({ key }) => key === before[0]?.key);
  return Math.max(0, rows.length - Math.max(0, first) - before.length);
}

/** The last message of a row. */
function lastOf(row: Row | undefined): AlbumPart | undefined {
  return row?.album?.at(-1) ?? row;
}
