import { beforeEach, describe, expect, it, vi } from "vitest";
import { Player, type Sound, type Track } from "./Player";

class FakeSound extends EventTarget {
  currentTime = 0;
  duration = NaN;
  playbackRate = 1;
  failure: Error | undefined;
  #src = "";
  get src() {
    return this.#src;
  }
  set src(url: string) {
    this.#src = url;
    this.currentTime = 0;
    // As browsers do for a new source.
    this.playbackRate = 1;
  }
  play(): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    this.dispatchEvent(new Event("play"));
    return Promise.resolve();
  }
  pause(): void {
    this.dispatchEvent(new Event("pause"));
  }
  is(at: number, duration: number): void {
    [this.currentTime, this.duration] = [at, duration];
    this.dispatchEvent(new Event("timeupdate"));
  }
}

const ana: Track = { id: "a", url: "/a", title: "Ana" };
const rui: Track = { id: "r", url: "/r", title: "Rui" };
let sound: FakeSound;
let kept: Map<string, string>;

const open = (userId = "me") =>
  new Player({
    userId,
    sound: sound as unknown as Sound,
    storage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) },
  });

beforeEach(() => {
  sound = new FakeSound();
  kept = new Map();
});

describe("the player", () => {
  it("plays, pauses and goes on where it was", () => {
    const player = open();
    player.toggle(ana);
    sound.is(3, 10);
    expect(player.state.value).toMatchObject({ track: ana, isPlaying: true, at: 3, length: 10 });
    player.toggle(ana);
    expect(player.state.value).toMatchObject({ isPlaying: false, at: 3 });
    player.toggle(ana);
    expect([sound.src, sound.currentTime]).toEqual(["/a", 3]);
  });

  it("plays one track at a time, and none after the last", () => {
    const player = open();
    player.toggle(ana);
    sound.is(3, 10);
    player.toggle(rui);
    expect(player.state.value).toMatchObject({ track: rui, at: 0, isPlaying: true });
    sound.dispatchEvent(new Event("ended"));
    expect(player.state.value.track).toBeUndefined();
    sound.is(9, 10);
    expect(player.state.value.at).toBe(0);
  });

  it("begins a track where somebody points", () => {
    const player = open();
    player.seek(ana, 4);
    expect([sound.currentTime, player.state.value.isPlaying, player.state.value.at]).toEqual([4, true, 4]);
  });

  it("keeps its speed for the next track, and through a reload", () => {
    const player = open();
    player.toggle(ana);
    player.nextSpeed();
    expect(sound.playbackRate).toBe(1.5);
    player.toggle(rui);
    expect(sound.playbackRate).toBe(1.5);
    expect(open().speed.value).toBe(1.5);
    player.nextSpeed();
    player.nextSpeed();
    expect(open().speed.value).toBe(1);
  });

  it("remembers for each user what they heard", () => {
    open().toggle(ana);
    expect([...open().heard.value]).toEqual(["a"]);
    expect([...open("another").heard.value]).toEqual([]);
  });

  it("has no length where the recording has none", () => {
    const player = open();
    player.toggle(ana);
    sound.is(1, Infinity);
    expect(player.state.value.length).toBeUndefined();
  });

  it("says what cannot be played, and tries it again", async () => {
    const player = open();
    sound.failure = new DOMException("no", "NotSupportedError");
    player.toggle(ana);
    await vi.waitFor(() => expect(player.state.value).toMatchObject({ failed: true, isPlaying: false }));
    sound.failure = undefined;
    player.toggle(ana);
    expect(player.state.value).toMatchObject({ failed: false, isPlaying: true });
  });
});
