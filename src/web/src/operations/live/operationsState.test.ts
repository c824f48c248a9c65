import { describe, expect, it } from "vitest";
import { EMPTY_OPERATIONS, HISTORY, reduceOperations } from "./operationsState";
import type { Snapshot, Times } from "./snapshot";

const NONE: Times = { count: 0, p50_ms: 0, p99_ms: 0 };

function snapshot(second: number, change: Partial<Snapshot> = {}): Snapshot {
  return {
    at: new Date(1_790_000_000_000 + second * 1000).toISOString(),
    node: "node-1",
    nodes: [
      { id: "1", name: "node-1", version: "1", started_at: "", connections: { signalr: 2, socketio: 1 }, rooms: 1, ready: true, workers: true },
      { id: "2", name: "node-2", version: "1", started_at: "", connections: {}, rooms: 0, ready: true, workers: true },
    ],
    times: { webhook_to_browser: NONE, commit_to_fan_out: NONE },
    lanes: [{ lane: 3, depth: 2, oldest_age_ms: 40 }, { lane: 9, depth: 1, oldest_age_ms: 90 }],
    items: { waiting: 3, retry: 0, parked: 0, dead: 0 },
    outbound: { queued: 4, sending: 1, unknown: 1, oldest_age_ms: 5, by_error_class: {}, stopped_numbers: [] },
    ...change,
  };
}

describe("the state of operations", () => {
  it("has a point for each second", () => {
    const { history } = reduceOperations(EMPTY_OPERATIONS, snapshot(0));
    expect(history).toEqual([
      { connections: 3, messages: 0, webhookToBrowser: null, commitToFanOut: null, waiting: 3, oldest: 90, outbound: 6 },
    ]);
  });

  it("keeps the newest times that were measured, and no more seconds than the charts show", () => {
    const measured = { webhook_to_browser: { count: 5, p50_ms: 4, p99_ms: 21 }, commit_to_fan_out: NONE };
    let state = reduceOperations(EMPTY_OPERATIONS, snapshot(0, { times: measured }));
    for (let second = 1; second <= HISTORY; second++) state = reduceOperations(state, snapshot(second));
    expect(state.history.length).toBe(HISTORY);
    expect(state.history.every((point) => point.webhookToBrowser === null)).toBe(true);
    expect(state.lastTimes).toEqual({ webhookToBrowser: { count: 5, p50_ms: 4, p99_ms: 21 } });
  });

  it("has no values for queues while the database is away", () => {
    const { history } = reduceOperations(EMPTY_OPERATIONS, snapshot(0, { lanes: null, items: null, outbound: null }));
    expect(history[0]).toMatchObject({ connections: 3, waiting: null, oldest: null, outbound: null });
  });

  it("takes no second twice, even from another node", () => {
    const state = reduceOperations(EMPTY_OPERATIONS, snapshot(5));
    expect(reduceOperations(state, snapshot(5, { node: "node-2" }))).toBe(state);
    expect(reduceOperations(state, snapshot(4))).toBe(state);
  });
});
