// Backups of the folder of files: what is there once is not copied again, and a folder that was lost loses nothing of the copy.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, runDirectory } from './shell.mjs';

test('files are copied once, forgotten when they were erased, and come back', t => {
  const { folder, backups } = directories(t);
  write(folder, '0a/b1/one', 'a');
  write(folder, '0a/b2/two', 'b');
  write(folder, 'tmp/half', 'c');

  assert.match(run('backup', 'files', backups, folder), /^2 files/);
  const copied = statSync(join(backups, 'media/0a/b1/one')).mtimeMs;
  write(folder, '0a/b3/three', 'd');
  rmSync(join(folder, '0a/b2/two'));
  assert.match(run('backup', 'files', backups, folder), /^1 files/);
  assert.equal(statSync(join(backups, 'media/0a/b1/one')).mtimeMs, copied);
  assert.ok(existsSync(join(backups, 'media/0a/b2/two')) && !existsSync(join(backups, 'media/tmp')));

  assert.match(run('backup', 'forget', backups, folder), /^1 files/);
  assert.ok(!existsSync(join(backups, 'media/0a/b2/two')));
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  assert.match(run('restore', 'files', backups, folder), /^2 files/);
  assert.equal(readFileSync(join(folder, '0a/b3/three'), 'utf8'), 'd');
});

test('a folder that is empty or missing makes nothing forgotten', t => {
  const { folder, backups } = directories(t);
  write(folder, '0a/b1/one', 'a');
  run('backup', 'files', backups, folder);
  rmSync(folder, { recursive: true });
  assert.throws(() => run('backup', 'forget', backups, folder), /no files at all/);
  write(folder, 'tmp/half', 'c');
  assert.throws(() => run('backup', 'forget', backups, folder), /no files at all/);
  assert.ok(existsSync(join(backups, 'media/0a/b1/one')));
});

function directories(t) {
  const directory = runDirectory(t);
  return { folder: join(directory, 'files'), backups: join(directory, 'backups') };
}

function write(folder, path, text) {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function run(script, ...args) {
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'infra', script), args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
