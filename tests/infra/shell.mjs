// Runs functions of infra/lib in a run directory of their own, as infra/up does.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A run directory that is removed after the test, with whatever was started in it. */
export function runDirectory(t) {
  const directory = mkdtempSync(join(tmpdir(), 'pytake-infra-'));
  t.after(async () => {
    await bash(directory, 'stop_parts $(ls "$RUN/pids")');
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Runs a bash script with all of infra/lib loaded; resolves to its output, rejects with its stderr in the message. */
export async function bash(directory, script) {
  const prologue = `set -euo pipefail; for library in "$0"/infra/lib/*.sh; do . "$library"; done; use_run_dir "$1"\n`;
  const { stdout } = await promisify(execFile)('bash', ['-c', prologue + script, ROOT, directory]);
  return stdout.trim();
}
