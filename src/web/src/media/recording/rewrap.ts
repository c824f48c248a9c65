import { BlobSource, BufferTarget, EncodedAudioPacketSource, EncodedPacketSink, Input, OggOutputFormat, Output, WEBM } from "mediabunny";

/** The Opus packets of a WebM recording in an OGG file; nothing is encoded anew. */
export async function rewrapped(webm: Blob): Promise<Blob> {
  const track = await new Input({ source: new BlobSource(webm), formats: [WEBM] }).getPrimaryAudioTrack();
  const decoderConfig = await track?.getDecoderConfig();
  if (!track || !decoderConfig) throw new Error("The recording has no sound");
  const target = new BufferTarget();
  const output = new Output({ format: new OggOutputFormat(), target });
  const packets = new EncodedAudioPacketSource("opus");
  output.addAudioTrack(packets);
  await output.start();
  for await (const packet of new EncodedPacketSink(track).packets()) await packets.add(packet, { decoderConfig });
  await output.finalize();
  return new Blob([target.buffer!], { type: "audio/ogg" });
}
