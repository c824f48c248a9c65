import type { ReactNode } from "react";

/** Paths in a square of 24 by 24, drawn as strokes in the text's colour. */
const SHAPES = {
  inbox: <path d="M3 13h5l1.500 3h5L16 13h5M5.500 5h13L21 13v5a1.500 1.500 0 0 1-1.500 1.500h-15A1.500 1.500 0 0 1 3 18v-5Z" />,
  activity: <path d="M3 12h4l3-8 4 16 3-8h4" />,
  phone: <path d="M8 2.500h8A1.500 1.500 0 0 1 17.500 4v16a1.500 1.500 0 0 1-1.500 1.500H8A1.500 1.500 0 0 1 6.500 20V4A1.500 1.500 0 0 1 8 2.500ZM11 18.500h2" />,
  search: <path d="m20 20-4.200-4.200M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13Z" />,
  filter: <path d="M4 6h16M7 12h10M10 18h4" />,
  unread: <path d="M4 6h11M4 6v12h16v-7M4 6.500l8 6 4-3M19.500 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z" />,
  close: <path d="m6 6 12 12M18 6 6 18" />,
  back: <path d="m14.500 5-7 7 7 7" />,
  down: <path d="m6 9.500 6 6 6-6" />,
  send: <path d="M4 12 20 4l-4.500 16-4-6.500L4 12Zm7.500 1.500L20 4" />,
  note: <path d="M5 4h14v10l-5 6H5V4Zm9 16v-6h5M8.500 8.500h7M8.500 12h4" />,
  smile: <path d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.500 14.500c1.800 2.400 5.200 2.400 7 0M9 9.500v.5M15 9.500v.5" />,
  template: <path d="M4 5h16v5H4V5Zm0 9h7v5H4v-5Zm11 0h5M15 16.500h5M15 19h5" />,
  reply: <path d="m9 6-6 6 6 6M3.500 12H14a6 6 0 0 1 6 6v1" />,
  more: <path d="M5 12h.01M12 12h.01M19 12h.01" strokeWidth={2.6} />,
  check: <path d="m5 12.500 4.500 4.500L19 7.500" />,
  user: <path d="M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7.500 8.500c.8-3.600 3.800-5.500 7.500-5.500s6.700 1.900 7.500 5.500" />,
  users: <path d="M9 12a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7Zm-6 8c.5-3.200 2.800-5 6-5s5.500 1.800 6 5M15.500 5.300a3.500 3.500 0 0 1 0 6.400M17 15.300c2.200.6 3.600 2.200 4 4.700" />,
  transfer: <path d="M4 8h14l-3.500-3.500M20 16H6l3.500 3.500" />,
  reopen: <path d="M4 12a8 8 0 1 0 2.500-5.800L4 8.500M4 4v4.500h4.500" />,
  pull: <path d="M12 4v11m-4.500-4.500L12 15l4.500-4.500M4.500 19.500h15" />,
  info: <path d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-10v5.500M12 7.500v.2" />,
  clock: <path d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v5.300l3.500 2" />,
  warning: <path d="M12 4 2.800 20h18.400L12 4Zm0 6v5m0 2.300v.2" />,
  image: <path d="M4 5h16v14H4V5Zm0 11 5-5 4 4 2.500-2.500L20 17M15.500 9.500h.01" />,
  video: <path d="M3.500 6.500h12v11h-12v-11Zm12 4 5-3v9l-5-3" />,
  audio: <path d="M12 15a3 3 0 0 0 3-3V6a3 3 0 1 0-6 0v6a3 3 0 0 0 3 3Zm-6.500-4a6.500 6.500 0 0 0 13 0M12 17.500V21" />,
  file: <path d="M6 3h8l4.500 4.500V21H6V3Zm8 0v4.500h4.500" />,
  sticker: <path d="M4 4h16v9.500L13.500 20H4V4Zm9.500 16v-6.500H20" />,
  pin: <path d="M12 21c4.500-5 7-8.300 7-11.500a7 7 0 1 0-14 0C5 12.700 7.500 16 12 21Zm0-8.500a2.700 2.700 0 1 0 0-5.400 2.700 2.700 0 0 0 0 5.400Z" />,
  contact: <path d="M5 3h14v18H5V3Zm7 9a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Zm-4 5c.6-1.700 2.100-2.600 4-2.600s3.400.9 4 2.600" />,
  list: <path d="M9 6h11M9 12h11M9 18h11M4.500 6h.01M4.500 12h.01M4.500 18h.01" />,
  button: <path d="M3 8.500h18v7H3v-7Zm5 3.500h8" />,
  logout: <path d="M14 4H5v16h9M10 12h11m-3.500-3.500L21 12l-3.500 3.500" />,
  globe: <path d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3 12h18M12 3c3 3 3.500 6 3.500 9s-.5 6-3.500 9c-3-3-3.500-6-3.500-9S9 6 12 3Z" />,
  plus: <path d="M12 5v14M5 12h14" />,
  trash: <path d="M4.500 7h15M9.500 7V4h5v3M6.500 7l1 13.500h9l1-13.500" />,
  play: <path d="M8 5.500v13l10.500-6.500L8 5.500Z" fill="currentColor" />,
  pause: <path d="M8.500 5.500v13M15.500 5.500v13" strokeWidth={2.8} />,
  stop: <path d="M7 7h10v10H7V7Z" fill="currentColor" />,
  attach: <path d="m19.500 11.500-7.600 7.600a4.700 4.700 0 0 1-6.700-6.700l8-8a3.200 3.200 0 0 1 4.500 4.500l-8 8a1.600 1.600 0 0 1-2.300-2.300l7.100-7.100" />,
  download: <path d="M12 4v11m-4.500-4.500L12 15l4.500-4.500M4.500 19.500h15" />,
  next: <path d="m9.500 5 7 7-7 7" />,
  zoomIn: <path d="m20 20-4.200-4.200M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13ZM10.500 7.700v5.600M7.700 10.500h5.600" />,
  zoomOut: <path d="m20 20-4.200-4.200M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13ZM7.700 10.500h5.600" />,
  settings: <path d="M4 7h9m5 0h2M15.500 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM4 17h2m5 0h9M8.500 19.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z" />,
  show: <path d="M2.500 12c2-4 5.500-6.500 9.500-6.500s7.500 2.500 9.500 6.500c-2 4-5.500 6.500-9.500 6.500S4.500 16 2.500 12Zm9.500 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z" />,
  hide: <path d="M2.500 12c2-4 5.500-6.500 9.500-6.500s7.500 2.500 9.500 6.500c-2 4-5.500 6.500-9.500 6.500S4.500 16 2.500 12Zm9.500 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4.500 4.500l15 15" />,
  copy: <path d="M8.500 8.500h11v11h-11v-11Zm7 0v-4h-11v11h4" />,
  print: <path d="M7 8V3.500h10V8M7 17H4V8h16v9h-3M7 14h10v6.500H7V14Z" />,
  key: <path d="M7.500 20a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm3-6.500L20 4m-3.500 3.500L19 10" />,
  shield: <path d="M12 3 5 6v5.500c0 4.500 3 7.800 7 9.500 4-1.700 7-5 7-9.500V6l-7-3Zm-3 8.500 2.200 2.200L15 10" />,
  monitor: <path d="M3.500 5h17v11h-17V5ZM12 16v4m-4 0h8" />,
  link: <path d="M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof SHAPES;

/** Decoration: the text beside it, or the label of the control around it, says the same. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[name]}
    </svg>
  );
}
