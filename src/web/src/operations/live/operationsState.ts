import { connectionsOf, type Snapshot, type Times } from "./snapshot";

/** How many seconds the charts show. */
export const HISTORY = 120;

/** One second of the charts; null where a value is not known, or where there was nothing to measure. */
export interface Point {
  connections: number;
  messages: number;
  webhookToBrowser: number | null;
  commitToFanOut: number | null;
  waiting: number | null;
  oldest: number | null;
  outbound: number | null;
}

export interface OperationsState {
  latest: Snapshot | undefined;
  /** Oldest first, at most HISTORY. */
  history: readonly Point[];
  /** The newest times that were measured, which may be a while ago. */
  lastTimes: { webhookToBrowser?: Times; commitToFanOut?: Times };
}

export const EMPTY_OPERATIONS: OperationsState = { latest: undefined, history: [], lastTimes: {} };

/** Adds a snapshot. One that is not newer than the last, as from another node after a reconnect, changes nothing. */
export function reduceOperations(state: OperationsState, snapshot: Snapshot): OperationsState {
  if (state.latest && snapshot.at <= state.latest.at) return state;
  const { webhook_to_browser, commit_to_fan_out } = snapshot.times;
  return {
    latest: snapshot,
    history: [...state.history, pointOf(snapshot)].slice(-HISTORY),
    lastTimes: {
      ...state.lastTimes,
      ...(webhook_to_browser.count > 0 && { webhookToBrowser: webhook_to_browser }),
      ...(commit_to_fan_out.count > 0 && { commitToFanOut: commit_to_fan_out }),
    },
  };
}

function pointOf({ nodes, times, lanes, items, outbound }: Snapshot): Point {
  return {
    connections: nodes.reduce((sum, node) => sum + connectionsOf(node), 0),
    messages: times.webhook_to_browser.count,
    webhookToBrowser: p99(times.webhook_to_browser),
    commitToFanOut: p99(times.commit_to_fan_out),
    waiting: items?.waiting ?? null,
    oldest: lanes && Math.max(0, ...lanes.map((lane) => lane.oldest_age_ms)),
    outbound: outbound && outbound.queued + outbound.sending + outbound.unknown,
  };
}

function p99({ count, p99_ms }: Times): number | null {
  return count > 0 ? p99_ms : null;
}
