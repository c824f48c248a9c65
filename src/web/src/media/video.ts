/** A video's size and length; undefined where the browser cannot read it. */
export function factsOfVideo(blob: Blob): Promise<{ width: number; height: number; seconds: number } | undefined> {
  const video = document.createElement("video");
  const url = URL.createObjectURL(blob);
  return new Promise((resolve) => {
    const end = (facts?: { width: number; height: number; seconds: number }) => {
      URL.revokeObjectURL(url);
      resolve(facts);
    };
    video.onloadedmetadata = () => end({ width: video.videoWidth, height: video.videoHeight, seconds: video.duration });
    video.onerror = () => end();
    video.preload = "metadata";
    video.src = url;
  });
}
