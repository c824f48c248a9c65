import { afterEach, beforeEach, expect, vi } from "vitest";
import { FakeServer } from "./fakeServer.js";
import { Recorder } from "./recorder.js";

/** The server of the test, and a client on it. */
export let server: FakeServer;
export let recorder: Recorder;

/** Gives each test of the file a server, a client and a clock that stands still; no timer may be left after the test. */
export function useScene(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    server = new FakeServer();
    recorder = new Recorder(server);
  });

  afterEach(async () => {
    await recorder.client.disconnect();
    await pass(0);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
}

export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

export async function connect(): Promise<void> {
  void recorder.client.connect("token-1");
  await pass(0);
}

/** Makes changes whose events are lost. */
export function silently(changes: () => void): void {
  server.mute = true;
  changes();
  server.mute = false;
}
