/** How loud a recording is over its time, from 0 to 1, and how long it is. */
export interface Waveform {
  peaks: readonly number[];
  seconds: number;
}

export const BARS = 44;

/** Recordings that are larger are not loaded to draw them: they are music, or hours. */
const LARGEST = 4 * 1024 * 1024;

/** How many waveforms are kept. */
const REMEMBERED = 200;

const known = new Map<string, Promise<Waveform | undefined>>();
let turn: Promise<unknown> = Promise.resolve();

/** The waveform of a recording at an address of this site; undefined where the browser cannot read it. One is decoded at a time. */
export function waveformAt(url: string, size: number | undefined): Promise<Waveform | undefined> {
  if (size !== undefined && size > LARGEST) return Promise.resolve(undefined);
  let waveform = known.get(url);
  if (!waveform) {
    waveform = inTurn(async () => decoded(await load(url)));
    known.set(url, waveform);
    // One that failed, by a lost connection say, is tried again the next time it is shown.
    void waveform.then((found) => found || known.delete(url));
    for (const oldest of [...known.keys()].slice(0, -REMEMBERED)) known.delete(oldest);
  }
  return waveform;
}

export function waveformOf(recording: Blob): Promise<Waveform | undefined> {
  return inTurn(async () => decoded(await recording.arrayBuffer()));
}

/** The loudest sample in each of as many equal parts as there are bars; the loudest of all is 1. */
export function peaksOf(samples: Float32Array, bars = BARS): number[] {
  const peaks = Array.from({ length: bars }, (_, bar) => {
    let peak = 0;
    const end = Math.floor(((bar + 1) * samples.length) / bars);
    for (let at = Math.floor((bar * samples.length) / bars); at < end; at++) peak = Math.max(peak, Math.abs(samples[at]!));
    return peak;
  });
  const loudest = Math.max(...peaks);
  return loudest === 0 ? peaks : peaks.map((peak) => peak / loudest);
}

function inTurn(work: () => Promise<Waveform>): Promise<Waveform | undefined> {
  const result = turn.then(work).catch(() => undefined);
  turn = result;
  return result;
}

async function load(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.arrayBuffer();
}

async function decoded(bytes: ArrayBuffer): Promise<Waveform> {
  // A low rate: bars need no treble. It is offline, so that no sound device is opened.
  const sound = await new OfflineAudioContext(1, 1, 8_000).decodeAudioData(bytes);
  return { peaks: peaksOf(sound.getChannelData(0)), seconds: sound.duration };
}
