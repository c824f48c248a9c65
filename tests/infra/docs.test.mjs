// What the README and the operators' guide say, as far as a machine can tell whether it is so.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './shell.mjs';

const guides = ['README.md', 'infra/README.md'];
const read = file => readFileSync(join(ROOT, file), 'utf8');
const matches = (text, pattern) => [...text.matchAll(pattern)].map(([, match]) => match);

for (const guide of guides) {
  test(`${guide}: every link leads somewhere`, () => {
    const links = matches(read(guide), /\]\(([^)\s]+)\)/g).filter(link => !link.startsWith('http'));
    assert.ok(links.length > 5);
    for (const link of links) {
      const [path, anchor] = link.split('#');
      const target = path ? join(dirname(guide), path) : guide;
      assert.ok(existsSync(join(ROOT, target)), link);
      if (anchor) assert.ok(anchors(read(target)).includes(anchor), link);
    }
  });

  test(`${guide}: every setting is one`, () => {
    const known = settings();
    for (const name of matches(read(guide), /`([A-Z][A-Za-z]*(?:__[A-Z][A-Za-z]*)+)(?:__\d)?(?:=[^`]*)?`/g)) {
      assert.ok(known.has(name), name);
    }
  });

  test(`${guide}: every test that it names is there`, () => {
    const tests = testNames();
    for (const name of matches(read(guide), /[\[;]\s*([A-Z][A-Za-z0-9]+(?:_\w+){3,})(?=[;\]])/g)) assert.ok(tests.includes(name), name);
  });
}

test('infra/security.md: every chapter, and every test that it names is there', () => {
  const text = read('infra/security.md');
  assert.deepEqual(matches(text, /^## V(\d+) /gm).map(Number), Array.from({ length: 17 }, (_, i) => i + 1));
  const named = matches(text, /`([A-Z][A-Za-z0-9]*(?:_\w+)+|[A-Z]\w+Tests)`/g).filter(name => !name.includes('__'));
  assert.ok(named.length > 40);
  const tests = testNames(), classes = sources('tests/PyTake.Server.Tests').map(file => file.replace(/^.*\/|\.cs$/g, ''));
  for (const name of named) assert.ok(tests.includes(name) || classes.includes(name), name);
  const links = matches(text, /\]\(([^)\s]+)\)/g);
  for (const link of links) assert.ok(anchors(read('infra/README.md')).includes(link.split('#')[1]), link);
});

test('the README is as long as a newcomer reads', () => {
  const lines = read('README.md').trimEnd().split('\n').length;
  assert.ok(lines >= 100 && lines <= 200, `${lines} lines`);
});

test('who is on call finds every alert in the guide, and no other', () => {
  const alerts = matches(read('infra/prometheus/alerts.yml'), /alert: (\w+)/g);
  assert.deepEqual(matches(read('infra/README.md'), /^\| (PyTake\w+) \|/gm).sort(), alerts.sort());
});

test('the guide names only metrics that alerts or the dashboard have', () => {
  const shown = read('infra/prometheus/alerts.yml') + read('infra/grafana/dashboards/pytake.json') + read('infra/kubernetes/scaling/scaling.yaml');
  const named = matches(read('infra/README.md'), /`(pytake_\w+)`/g).filter(name => !name.endsWith('_'));
  assert.ok(named.length > 10);
  for (const name of named) assert.ok(['pytake_node', 'pytake_backup'].includes(name) || shown.includes(name), name);    // PostgreSQL's roles have such names as well
});

/** As GitHub makes them of headings. */
function anchors(text) {
  return matches(text, /^#+ (.*)$/gm).map(heading => heading.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-'));
}

/** Section__Key of every options class: a section is named once, its keys are the properties that can be set. */
function settings() {
  const known = new Set(['ConnectionStrings__Postgres', 'ConnectionStrings__Owner', 'ConnectionStrings__Redis', 'Workers__Enabled', 'Logging__Console__FormatterName']);
  for (const file of sources('src/PyTake.Server')) {
    for (const options of read(file).split(/(?=public const string Section = )/).slice(1)) {
      const section = /Section = "(\w+)"/.exec(options)[1];
      for (const key of matches(options, /public [\w[\]]+\?? (\w+) \{ get; set; \}/g)) known.add(`${section}__${key}`);
    }
  }
  return known;
}

function sources(directory) {
  return readdirSync(join(ROOT, directory), { recursive: true }).filter(name => name.endsWith('.cs')).map(name => join(directory, name));
}

function testNames() {
  return ['tests/PyTake.Server.Tests', 'tests/PyTake.Cluster.Tests'].flatMap(sources).flatMap(file => matches(read(file), /public (?:async )?(?:Task|void) (\w+)\(/g));
}
