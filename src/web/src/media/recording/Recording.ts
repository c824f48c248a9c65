import { Store } from "../../state/store";
import { asVoice, recordedType } from "./asVoice";

/** Why there is no recording; the words are in the locales, `microphone`. */
export type MicrophoneTrouble = "denied" | "missing" | "busy" | "short" | "unsupported";

export type RecordingState =
  | { kind: "asking" }
  | { kind: "recording"; startedAt: number }
  /** The recording is being made into the format that WhatsApp takes. */
  | { kind: "finishing" }
  | { kind: "recorded"; file: Blob; seconds: number }
  | { kind: "trouble"; trouble: MicrophoneTrouble };

const BITS_PER_SECOND = 32_000;

/** An hour is 14 MB, of the 16 MB that WhatsApp takes. */
export const LONGEST_SECONDS = 60 * 60;

/** One voice message: recorded, then heard, sent or discarded. */
export class Recording {
  readonly state = new Store<RecordingState>({ kind: "asking" });
  #stream: MediaStream | undefined;
  #recorder: MediaRecorder | undefined;
  #sound: AudioContext | undefined;
  #analyser: AnalyserNode | undefined;
  #samples = new Float32Array(0);
  #limit: ReturnType<typeof setTimeout> | undefined;
  #isDiscarded = false;

  /** Asks for the microphone and records; what goes wrong becomes the state. */
  async start(): Promise<void> {
    try {
      const stream = await microphone();
      if (this.#isDiscarded) return release(stream);
      this.#record(stream);
    } catch (error) {
      this.state.set({ kind: "trouble", trouble: troubleOf(error) });
    }
  }

  /** Ends the recording, which is kept. */
  stop(): void {
    if (this.#recorder?.state === "recording") this.#recorder.stop();
  }

  /** Ends the recording, of which nothing is kept. */
  discard(): void {
    this.#isDiscarded = true;
    this.stop();
    this.#release();
  }

  /** How loud it is now, from 0 to 1. */
  level(): number {
    if (!this.#analyser) return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return Math.min(1, 2.5 * Math.max(...this.#samples.map(Math.abs)));
  }

  #record(stream: MediaStream): void {
    this.#stream = stream;
    this.#listen(stream);
    const mimeType = recordedType();
    const recorder = new MediaRecorder(stream, { ...(mimeType && { mimeType }), audioBitsPerSecond: BITS_PER_SECOND });
    const parts: Blob[] = [];
    const startedAt = performance.now();
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => void this.#finish(new Blob(parts, { type: recorder.mimeType }), (performance.now() - startedAt) / 1000);
    this.#recorder = recorder;
    recorder.start();
    this.#limit = setTimeout(() => this.stop(), LONGEST_SECONDS * 1000);
    this.state.set({ kind: "recording", startedAt });
  }

  #listen(stream: MediaStream): void {
    this.#sound = new AudioContext();
    this.#analyser = this.#sound.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#sound.createMediaStreamSource(stream).connect(this.#analyser);
  }

  async #finish(recorded: Blob, seconds: number): Promise<void> {
    this.#release();
    if (this.#isDiscarded) return;
    this.state.set({ kind: "finishing" });
    try {
      this.state.set({ kind: "recorded", file: await asVoice(recorded), seconds });
    } catch {
      // Less than a second may have no packet of sound at all.
      this.state.set({ kind: "trouble", trouble: seconds < 1 ? "short" : "unsupported" });
    }
  }

  #release(): void {
    clearTimeout(this.#limit);
    if (this.#stream) release(this.#stream);
    void this.#sound?.close();
    this.#stream = this.#sound = this.#analyser = undefined;
  }
}

async function microphone(): Promise<MediaStream> {
  // Both are missing on a page that came over plain HTTP.
  if (!("mediaDevices" in navigator) || !("MediaRecorder" in globalThis)) throw new DOMException("", "NotSupportedError");
  return navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
}

function release(stream: MediaStream): void {
  stream.getTracks().forEach((track) => track.stop());
}

function troubleOf(error: unknown): MicrophoneTrouble {
  switch ((error as Error).name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "unsupported";
  }
}
