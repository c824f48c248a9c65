import { cluster } from "../../pytake-client/src/cluster.js";

/** Connects as a client of Socket.IO that polls and keeps no cookies, and resolves when the hub has greeted it. */
export async function connectByPolling(token: string): Promise<void> {
  const opened = await poll();
  const { sid } = JSON.parse(opened[0]!.slice(1)) as { sid: string };
  await poll(sid, `40${JSON.stringify({ token })}`);
  const heard: string[] = [];
  while (!heard.some((packet) => packet.startsWith('42["connected"'))) heard.push(...(await poll(sid)));
}

/** One request of a session: packets that came, or what the post of some was answered with. */
async function poll(sid?: string, body?: string): Promise<string[]> {
  const address = `${cluster.base_url}/socket.io/?EIO=4&transport=polling${sid ? `&sid=${sid}` : ""}`;
  const answer = await fetch(address, body === undefined ? {} : { method: "POST", body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return text.split("\u001e").filter((packet) => packet !== "");
}
