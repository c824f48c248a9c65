import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The repository; COMPOSE_PROJECT_NAME and COMPOSE_ENV_FILES of the environment say which installation. */
export const ROOT = new URL("../../../", import.meta.url).pathname;

/** Runs a program at the top of the repository; resolves to its output, rejects with its stderr in the message. */
export async function command(program: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const options = { cwd: ROOT, env: { ...process.env, ...env }, maxBuffer: 256 * 1024 * 1024 };
  return (await run(program, args, options)).stdout.trim();
}

export async function docker(...args: string[]): Promise<string> {
  return command("docker", args);
}

export async function compose(...args: string[]): Promise<string> {
  return composeWith({}, ...args);
}

/** With other settings than those of its .env. */
export async function composeWith(settings: Record<string, string>, ...args: string[]): Promise<string> {
  return command("docker", ["compose", "-f", "docker-compose.scale.yml", "--progress", "quiet", ...args], settings);
}

/** The ids of a service's containers that run. */
export async function containers(service: string): Promise<string[]> {
  return (await compose("ps", "-q", service)).split("\n").filter((id) => id !== "");
}

/** As many nodes as that, all ready. */
export async function scale(nodes: number): Promise<string[]> {
  await compose("up", "-d", "--no-recreate", "--no-deps", "--wait", "--scale", `node=${nodes}`, "node");
  return containers("node");
}

/** As a crash does it: no signal that a program could answer. */
export async function kill(container: string): Promise<void> {
  await docker("kill", "--signal", "KILL", container);
}

/** Starts what was killed, and waits until it is healthy. */
export async function revive(service: string): Promise<void> {
  await compose("up", "-d", "--no-recreate", "--no-deps", "--wait", service);
}

/** A field of a container's description, in Docker's template language. */
export async function inspect(container: string, field: string): Promise<string> {
  return docker("inspect", "--format", field, container);
}

/** The rows that a statement answers, their columns separated by a bar. */
export async function sql(statement: string): Promise<string[]> {
  const rows = await compose("exec", "-T", "postgres", "psql", "-XAt", "-U", "pytake", "-d", "pytake", "-c", statement);
  return rows.split("\n").filter((row) => row !== "");
}
