import { Store } from "../state/store";

export const SPEEDS = [1, 1.5, 2] as const;
export type Speed = (typeof SPEEDS)[number];

/** Something to hear. */
export interface Track {
  /** The message's. */
  id: string;
  url: string;
  /** Whose it is, in words. */
  title: string;
  /** The conversation that it stands in. */
  conversationId?: string | undefined;
}

export interface PlayerState {
  /** What plays, or is paused. */
  track?: Track | undefined;
  isPlaying: boolean;
  /** Seconds from the track's beginning. */
  at: number;
  /** The track's seconds; undefined until they are known, and for some recordings for ever. */
  length?: number | undefined;
  /** The browser cannot play the track. */
  failed: boolean;
}

type KeyValues = Pick<Storage, "getItem" | "setItem">;

/** The part of an audio element that is used. */
export type Sound = Pick<HTMLAudioElement, "src" | "currentTime" | "duration" | "playbackRate" | "play" | "pause" | "addEventListener">;

const SPEED_KEY = "pytake.speed";

/** How many messages are known to have been heard. */
const REMEMBERED = 2_000;

/** Plays one track at a time, for as long as the page is there: whatever is on the screen, and at the speed that was chosen last. */
export class Player {
  readonly state = new Store<PlayerState>({ isPlaying: false, at: 0, failed: false });
  readonly speed: Store<Speed>;
  /** Ids of the messages that this user has begun to hear. */
  readonly heard: Store<ReadonlySet<string>>;
  readonly #sound: Sound;
  readonly #storage: KeyValues;
  readonly #heardKey: string;

  constructor({ userId, storage = localStorage, sound = new Audio() }: { userId: string; storage?: KeyValues; sound?: Sound }) {
    this.#sound = sound;
    this.#storage = storage;
    this.#heardKey = `pytake.heard.${userId}`;
    this.speed = new Store<Speed>(SPEEDS.find((speed) => String(speed) === storage.getItem(SPEED_KEY)) ?? 1);
    this.heard = new Store<ReadonlySet<string>>(new Set((storage.getItem(this.#heardKey) ?? "").split(" ").filter(Boolean)));
    const follow = () => this.#change({ at: sound.currentTime, length: finite(sound.duration) });
    for (const event of ["timeupdate", "durationchange", "seeked"]) sound.addEventListener(event, follow);
    sound.addEventListener("play", () => this.#change({ isPlaying: true, failed: false }));
    sound.addEventListener("pause", () => this.#change({ isPlaying: false }));
    sound.addEventListener("ended", () => this.stop());
    sound.addEventListener("error", () => this.state.value.track && this.#change({ isPlaying: false, failed: true }));
  }

  /** Plays a track, or pauses it where it plays. */
  toggle(track: Track): void {
    if (this.#has(track.id) && this.state.value.isPlaying) return this.#sound.pause();
    if (!this.#has(track.id)) this.#load(track);
    this.#play();
  }

  pause(): void {
    this.#sound.pause();
  }

  /** Goes to a place of a track, which is begun there if it does not play. */
  seek(track: Track, seconds: number): void {
    if (!this.#has(track.id)) {
      this.#load(track);
      this.#play();
    }
    this.#sound.currentTime = seconds;
    this.#change({ at: seconds });
  }

  nextSpeed(): void {
    const next = SPEEDS[(SPEEDS.indexOf(this.speed.value) + 1) % SPEEDS.length]!;
    this.#storage.setItem(SPEED_KEY, String(next));
    this.#sound.playbackRate = next;
    this.speed.set(next);
  }

  /** Ends the track, of which nothing is shown any more. */
  stop(): void {
    this.state.set({ isPlaying: false, at: 0, failed: false });
    this.#sound.pause();
  }

  #has(id: string): boolean {
    return this.state.value.track?.id === id && !this.state.value.failed;
  }

  #load(track: Track): void {
    this.state.set({ track, isPlaying: false, at: 0, failed: false });
    this.#sound.src = track.url;
    this.#hear(track.id);
  }

  #play(): void {
    this.#sound.playbackRate = this.speed.value;
    this.#sound.play().catch((error: Error) => {
      // Another track, or a pause, came before this one could begin.
      if (error.name !== "AbortError" && this.state.value.track) this.#change({ isPlaying: false, failed: true });
    });
  }

  #hear(id: string): void {
    if (this.heard.value.has(id)) return;
    const heard = [...this.heard.value, id].slice(-REMEMBERED);
    this.#storage.setItem(this.#heardKey, heard.join(" "));
    this.heard.set(new Set(heard));
  }

  #change(change: Partial<PlayerState>): void {
    if (this.state.value.track) this.state.update((state) => ({ ...state, ...change }));
  }
}

/** A recording that a browser has just made has no length in it, which reads as endless. */
function finite(seconds: number): number | undefined {
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}
