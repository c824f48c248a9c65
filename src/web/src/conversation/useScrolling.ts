import { useLayoutEffect, useRef, useState, type RefObject } from "react";
import type { VListHandle } from "virtua";
import type { Row } from "./rows";

/** Pixels from the end that still count as being there. */
const NEAR_END = 80;

interface Seen {
  first: string | undefined;
  last: string | undefined;
  length: number;
}

/**
 * Stays at the end while the reader is there, and where the reader is otherwise: pages that come in above push nothing
 * down, and what comes in below is counted. One's own message always leads to the end.
 */
export function useScrolling(list: RefObject<VListHandle | null>, rows: readonly Row[]) {
  const [isAtEnd, setIsAtEnd] = useState(true);
  const [missed, setMissed] = useState(0);
  const seen = useRef<Seen>({ first: undefined, last: undefined, length: 0 });
  const offset = useRef(0);
  const [first, last] = [rows[0]?.key, rows.at(-1)];
  const grewAtTop = seen.current.first !== undefined && seen.current.first !== first;

  const toEnd = () => list.current?.scrollToIndex(rows.length - 1, { align: "end" });
  useLayoutEffect(() => {
    const before = seen.current;
    seen.current = { first, last: last?.key, length: rows.length };
    const isNewLast = last?.key !== before.last;
    const grewBelow = isNewLast || (rows.length > before.length && first === before.first);
    if (!grewBelow) return;
    if (before.length === 0 || isAtEnd || (isNewLast && last?.queued)) toEnd();
    else setMissed((count) => count + Math.max(1, rows.length - before.length));
    // Only rows that came or went move anything.
  }, [rows]);

  /** Going down with what comes in is no leaving of the end; only scrolling up is. */
  const scrolled = (now: number) => {
    const handle = list.current;
    if (!handle) return;
    const wentUp = now < offset.current;
    offset.current = now;
    const atEnd = now + handle.viewportSize >= handle.scrollSize - NEAR_END;
    if (atEnd) setMissed(0);
    if (atEnd || wentUp) setIsAtEnd(atEnd);
  };
  return { grewAtTop, isAtEnd, missed, scrolled, toEnd };
}
