import { useEffect, useRef, useState } from "react";
import { asVoice, recordedType } from "../media/recording/asVoice";

/** The browser's microphone; where there is none, or access is denied, a hum in its place. */
async function source(): Promise<{ stream: MediaStream; end: () => void }> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    return { stream, end: () => stream.getTracks().forEach((track) => track.stop()) };
  } catch {
    return hum();
  }
}

function hum(): { stream: MediaStream; end: () => void } {
  const context = new AudioContext();
  const [voice, vibrato, depth, volume] = [context.createOscillator(), context.createOscillator(), context.createGain(), context.createGain()];
  const target = context.createMediaStreamDestination();
  voice.type = "triangle";
  voice.frequency.value = 180;
  vibrato.frequency.value = 5;
  depth.gain.value = 24;
  volume.gain.value = 0.3;
  vibrato.connect(depth).connect(voice.frequency);
  voice.connect(volume).connect(target);
  voice.start();
  vibrato.start();
  return { stream: target.stream, end: () => void context.close() };
}

/** Records from one call of `toggle` to the next, and then passes on the recording as customers' phones send it: in OGG. */
export function useVoice(onRecorded: (file: Blob) => void, onError: (words: string) => void) {
  const [recording, setRecording] = useState(false);
  /** When it began, by `performance.now()`; undefined until the microphone is open. */
  const [since, setSince] = useState<number>();
  const recorder = useRef<MediaRecorder>(undefined);
  const recorded = useRef(onRecorded);
  recorded.current = onRecorded;
  useEffect(() => () => recorder.current?.stop(), []);

  const start = async () => {
    setRecording(true);
    const { stream, end } = await source();
    const mimeType = recordedType();
    const parts: Blob[] = [];
    const making = new MediaRecorder(stream, mimeType ? { mimeType } : {});
    making.ondataavailable = ({ data }) => parts.push(data);
    making.onstop = () => {
      end();
      recorder.current = undefined;
      setRecording(false);
      setSince(undefined);
      const file = new Blob(parts, { type: making.mimeType });
      if (file.size > 0) asVoice(file).then(recorded.current, (error: Error) => onError(error.message));
    };
    recorder.current = making;
    making.start();
    setSince(performance.now());
  };
  const toggle = () => {
    if (recorder.current) recorder.current.stop();
    else if (!recording)
      start().catch((error: Error) => {
        setRecording(false);
        onError(error.message);
      });
  };
  return { recording, since, toggle };
}
