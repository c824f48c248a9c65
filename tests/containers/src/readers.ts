import { setTimeout as pause } from "node:timers/promises";
import { cluster } from "../../pytake-client/src/cluster.js";

/** GETs through nginx while something happens: how many there were, and what those that failed were answered. */
export async function whileReading(token: string, happening: () => Promise<unknown>) {
  const failures: string[] = [];
  let asked = 0;
  let over = false;

  async function read(): Promise<void> {
    while (!over) {
      asked++;
      const answer = await get("/api/v1/auth/me", token);
      if (answer !== "200") failures.push(answer);
      await pause(50); // the pace of the load
    }
  }

  const readers = Array.from({ length: 8 }, read);
  try {
    await happening();
  } finally {
    over = true;
    await Promise.all(readers);
  }
  return { asked, failures };
}

/** The status and, of an error, its body; or what prevented an answer. */
async function get(path: string, token: string): Promise<string> {
  try {
    const response = await fetch(cluster.base_url + path, { headers: { Authorization: `Bearer ${token}` } });
    const body = await response.text();
    return response.ok ? String(response.status) : `${response.status} ${body}`;
  } catch (error) {
    return String(error);
  }
}
