// The alerts and the dashboard, by Prometheus' own tool. That the metrics they name exist is tested on a node (MetricsTests).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ROOT, runDirectory } from './shell.mjs';

const promtool = (...args) => promisify(execFile)('promtool', args, { cwd: join(ROOT, 'infra/prometheus') });
const dashboard = JSON.parse(readFileSync(join(ROOT, 'infra/grafana/dashboards/pytake.json'), 'utf8'));

test('the configuration and the alerts are valid', async () => {
  await promtool('check', 'config', 'prometheus.yml');
});

test('alerts fire when they should, and only then', async () => {
  await promtool('test', 'rules', 'alerts.test.yml');
});

test('every query of the dashboard is one', async t => {
  const queries = [
    ...dashboard.panels.flatMap(panel => panel.targets ?? []).map(target => target.expr),
    ...dashboard.annotations.list.map(annotation => annotation.expr),
  ].map(expr => expr.replaceAll('$__rate_interval', '1m').replaceAll('$node', '.*'));
  assert.ok(queries.length > 60);
  const rules = join(runDirectory(t), 'dashboard.yml');
  const group = { name: 'dashboard', rules: queries.map((expr, i) => ({ record: `panel:${i}`, expr })) };
  writeFileSync(rules, JSON.stringify({ groups: [group] }));     // YAML as well
  await promtool('check', 'rules', rules);
});

test('panels have titles and do not lie on one another', () => {
  const taken = new Set();
  for (const { title, gridPos: { x, y, w, h } } of dashboard.panels) {
    assert.ok(title);
    assert.ok(x + w <= 24, title);
    for (let column = x; column < x + w; column++)
      for (let line = y; line < y + h; line++) {
        assert.ok(!taken.has(`${column}:${line}`), title);
        taken.add(`${column}:${line}`);
      }
  }
});

test('Grafana finds what the dashboard asks, and the dashboard', () => {
  const read = name => readFileSync(join(ROOT, 'infra/grafana/provisioning', name), 'utf8');
  const [{ current }] = dashboard.templating.list;
  assert.match(read('datasources/prometheus.yml'), new RegExp(`uid: ${current.value}\\n`));
  assert.match(read('dashboards/pytake.yml'), /path: \/var\/lib\/grafana\/dashboards\n/);
});
