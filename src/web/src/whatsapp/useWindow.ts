import { useEffect, useState } from "react";

const TICK_MS = 20_000;

export interface ChatWindow {
  /** Whether anything but a template may be sent. This is for display; the server decides. */
  isOpen: boolean;
  /** Minutes until it closes. */
  minutesLeft: number;
}

/** WhatsApp's window of 24 hours after the customer's last message, updated as time passes. */
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
