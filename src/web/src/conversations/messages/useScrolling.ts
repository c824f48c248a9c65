import { useLayoutEffect, useRef, useState, type RefObject } from "react";
import type { Row } from "./rows";

/** Pixels from the end that count as being there for somebody who scrolls down: less than a line. */
const NEAR_END = 16;

/** What rounding leaves between the end and where a browser stands that was told to go there. */
const ROUNDING = 2;

/**
 * Stays at the end while the reader is there, and where the reader is otherwise: pages that come in above push nothing
 * down, and what comes in below is counted. One's own message leads to the end, once, when it is written.
 *
 * The end is held here and not by virtua's `scrollToIndex`, which goes on scrolling there for 150 ms after every row
 * that it measures, and so takes a reader back who meanwhile scrolls up, as that shows rows to be measured.
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
  const goToEnd = () => {
    if (!scroller.current) return;
    scroller.current.scrollTop = scroller.current.scrollHeight;
    position.current.offset = scroller.current.scrollTop;
  };

  /** Only who goes up leaves the end: rows that grow, and a list that gets room, lead nobody away from it. */
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
    // Somebody may have scrolled in this very frame, which the browser tells at its end.
    scrolled();
    if (before.length === 0 || hasWritten(before, rows)) return toEnd();
    if (position.current.isHeld) return goToEnd();
    const below = cameBelow(before, rows);
    if (below > 0) setMissed((count) => count + below);
  }, [rows]);

  /** Rows were measured anew, or the list became higher or lower. */
  const resized = () => {
    if (position.current.isHeld) goToEnd();
  };
  return { grewAtTop, isAtEnd, missed, scrolled, resized, toEnd };
}

/** Whether the last row is a message that somebody has sent here since. */
export function hasWritten(before: readonly Row[], rows: readonly Row[]): boolean {
  const last = rows.at(-1);
  return last?.queued !== undefined && before.every(({ key }) => key !== last.key);
}

/** How many rows came that do not stand above all that were there before. */
export function cameBelow(before: readonly Row[], rows: readonly Row[]): number {
  const first = rows.findIndex(({ key }) => key === before[0]?.key);
  return Math.max(0, rows.length - Math.max(0, first) - before.length);
}
