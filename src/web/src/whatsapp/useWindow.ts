import { useEffect, useState } from "react";

const TICK_MS = 20_000;

export interface ChatWindow {
  /** Whether anything but a template may be sent: the server decides, this only tells. */
  isOpen: boolean;
  /** Until it closes. */
  minutesLeft: number;
}

/** WhatsApp's 24 hours after the customer's last message, as time goes on. */
export function useWindow(expiresAt: string | null | undefined): ChatWindow {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [expiresAt]);
  return windowAt(expiresAt, now);
}

export function windowAt(expiresAt: string | null | undefined, now: number): ChatWindow {
  const left = expiresAt ? Date.parse(expiresAt) - now : 0;
  return { isOpen: left > 0, minutesLeft: Math.max(0, Math.floor(left / 60_000)) };
}
