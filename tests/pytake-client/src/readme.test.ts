// What a newcomer copies from the README does what is said there.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { cluster } from "./cluster.js";

const README = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

it("the commands without a browser end with the conversation", async () => {
  const [, block] = /\nThe same without a browser:\n\n((?: {4}.*\n)+)/.exec(README)!;
  const script = block!.replaceAll("http://localhost:8080", cluster.base_url).replaceAll("http://localhost:8081", cluster.simulator.url);
  const { stdout } = await promisify(execFile)("bash", ["-eu", "-o", "pipefail", "-c", script], { timeout: 30_000 });
  expect(stdout).toMatch(/"preview": ?"Bom dia"/);
});
