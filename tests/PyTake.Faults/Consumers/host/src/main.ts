// Many consumers in one process: commands arrive on standard input, and what the consumers emit goes to standard output.
import { setMaxListeners } from "node:events";
import { createInterface } from "node:readline";
import { Consumer } from "./consumer.js";
import { Login } from "./login.js";
import type { Command, Line, Opening, Observation } from "./protocol.js";

/** The batch window of the output. */
const BATCH_MS = 100;

const observations: Observation[] = [];

function write(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function flush(): void {
  if (observations.length > 0) write({ observations: observations.splice(0) });
}

async function answer(id: number, work: () => Promise<unknown>): Promise<void> {
  let line: Line = { answer: id };
  try {
    await work();
  } catch (error) {
    line = { answer: id, error: String(error) };
  }
  flush();
  write(line);
}

function made({ base_url, organization, email, password, consumers }: Opening): Consumer[] {
  const tokens = new Login(base_url, email, password);
  return consumers.map(({ rooms }, consumer) => {
    const report = (what: Omit<Observation, "consumer" | "at">) => observations.push({ consumer, at: Number(process.hrtime.bigint()), ...what });
    return new Consumer({ baseUrl: base_url, organization, rooms, tokens, report });
  });
}

function obey(consumers: Consumer[], command: Command): Promise<void> {
  switch (command.do) {
    case "sync":
      return Promise.resolve();
    case "cut":
      return consumers[command.consumer]!.network.cut(command.ms);
  }
}

// All requests of a client listen to one abort signal; Node.js would warn of a leak for more than ten listeners.
setMaxListeners(0);
setInterval(flush, BATCH_MS);
let consumers: Consumer[] | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  if (consumers) {
    const command = JSON.parse(line) as Command;
    void answer(command.id, () => obey(consumers!, command));
  } else {
    const opened = (consumers = made(JSON.parse(line) as Opening));
    void answer(0, () => Promise.all(opened.map((consumer) => consumer.open())));
  }
}
// Standard input has closed: the harness is gone, so the consumers stop as well.
process.exit();
