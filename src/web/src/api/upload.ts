import { RestError } from "pytake-client";
import { get } from "./api";
import { client } from "./client";

/** An upload of which nothing moves for this long is given up; the outbox begins it again. */
const STALLED_MS = 30_000;

/** How long the server may take for what it does with a large file when it has it. */
const ANSWER_MS = 120_000;

interface UploadOptions {
  /** Called with the part that is sent, from 0 to 1. */
  progress: (part: number) => void;
  signal: AbortSignal;
}

/** Sends a file to the server and returns its `media_id`; rejects with a RestError, or with another where there is no connection. */
export async function upload(file: Blob, name: string, options: UploadOptions): Promise<string> {
  try {
    return await send(file, name, await client.accessToken(), options);
  } catch (error) {
    if (!(error instanceof RestError) || error.status !== 401) throw error;
    // Any other request renews a token that is refused.
    await get("/auth/verify-token");
    return send(file, name, await client.accessToken(), options);
  }
}

/** `fetch` cannot say how much is sent. */
async function send(file: Blob, name: string, token: string, { progress, signal }: UploadOptions): Promise<string> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let stalled: ReturnType<typeof setTimeout>;
    const giveUpIn = (ms: number) => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), ms);
    };
    const abort = () => request.abort();
    request.upload.onprogress = ({ loaded, total }) => {
      giveUpIn(STALLED_MS);
      progress(total > 0 ? loaded / total : 0);
    };
    request.upload.onload = () => giveUpIn(ANSWER_MS);
    request.onload = () => {
      const body = parsed(request.responseText) as { media_id?: string; detail?: string };
      if (request.status === 201 && body.media_id) resolve(body.media_id);
      else reject(new RestError(request.status, body.detail ?? `HTTP ${request.status}`, body));
    };
    request.onerror = () => reject(new TypeError("Failed to fetch"));
    request.onabort = () => reject(new DOMException("The upload was given up", "AbortError"));
    request.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener("abort", abort);
    };
    signal.addEventListener("abort", abort);
    request.open("POST", "/api/v1/media");
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    const form = new FormData();
    form.append("file", file, name);
    giveUpIn(STALLED_MS);
    request.send(form);
  });
}

function parsed(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    // A proxy's error page is not JSON.
    return {};
  }
}
