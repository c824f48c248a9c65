import type { MetaMessage } from "./events";
import { inbound } from "./messages";

/** Avenida Paulista, for browsers that do not tell their location. */
const SOMEWHERE = { latitude: -23.5614, longitude: -46.6559 };

/** A message with the browser's location, or with a well-known place where the browser does not tell it. */
export function whereabouts(somewhere: string): Promise<MetaMessage> {
  const elsewhere = () => inbound.location(SOMEWHERE.latitude, SOMEWHERE.longitude, somewhere);
  return new Promise((resolve) => {
    if (!("geolocation" in navigator)) return resolve(elsewhere());
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve(inbound.location(round(coords.latitude), round(coords.longitude))),
      () => resolve(elsewhere()),
      { timeout: 3_000, maximumAge: 600_000 },
    );
  });
}

function round(degrees: number): number {
  return Math.round(degrees * 10_000) / 10_000;
}
