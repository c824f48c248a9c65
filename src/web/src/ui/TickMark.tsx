const CLOCK = "M9 11A5 5 0 1 0 9 1a5 5 0 0 0 0 10ZM9 3.500V6l1.700 1";
const SINGLE = "m4 6.500 3.200 3.200L14 2";
const DOUBLE = "m1.500 6.500 3.200 3.200L11.500 2M8.200 9.200l.7.5L16 2";
const EXCLAMATION = "M9 1v6M9 10v.2";

const SHAPES: Record<string, string> = { sent: SINGLE, delivered: DOUBLE, read: DOUBLE, failed: EXCLAMATION };

/**
 * A message's status as WhatsApp draws it: ticks, or a clock before it is sent. Decoration: a text beside it says the
 * same.
 */
export function TickMark({ status }: { status: string }) {
  return (
    <svg width="18" height="12" viewBox="0 0 18 12" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={SHAPES[status] ?? CLOCK} />
    </svg>
  );
}
