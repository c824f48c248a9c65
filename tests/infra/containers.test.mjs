// What the Dockerfile runs, and what docker-compose.scale.yml promises; infra/test --compose tries it on an engine.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseEnv, promisify } from 'node:util';
import { parse } from 'yaml';
import { bash, ROOT, runDirectory } from './shell.mjs';

const run = promisify(execFile);
const text = readFileSync(join(ROOT, 'docker-compose.scale.yml'), 'utf8');
const compose = parse(text, { merge: true });
const services = Object.entries(compose.services);
const demanded = [...new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name))];

test('nothing stands in the way of more nodes and workers', () => {
  for (const [name, { container_name }] of services) assert.equal(container_name, undefined, name);
  for (const name of ['node', 'worker']) assert.equal(compose.services[name].ports, undefined, name);
});

test('only nginx is open, and what a profile adds is open to this machine alone', () => {
  const open = services.filter(([, { ports }]) => ports);
  assert.deepEqual(open.filter(([, { profiles }]) => !profiles).map(([name]) => name), ['nginx']);
  for (const [name, { ports }] of open) for (const port of ports) assert.match(port, /^\$\{\w+:-127\.0\.0\.1:\d+\}:\d+$/, name);
  assert.equal(compose.networks.data.internal, true);
  for (const name of ['postgres', 'redis', 'prometheus']) assert.deepEqual(compose.services[name].networks, ['data'], name);
});

test('every service is as locked up as it can be', () => {
  for (const [name, service] of services) {
    assert.equal(service.read_only, true, name);
    assert.equal(service.init, true, name);
    assert.deepEqual(service.cap_drop, ['ALL'], name);
    assert.equal(service.cap_add, undefined, name);
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
    assert.notEqual(service.user, 'root', name);
  }
});

test('a service has longer to stop than it needs', () => {
  for (const name of ['node', 'worker']) assert.ok(seconds(compose.services[name].stop_grace_period) > 30, name);
  const [, shutdown] = /worker_shutdown_timeout (\d+)s/.exec(nginx('shared/worker.conf.template'));
  assert.ok(seconds(compose.services.nginx.stop_grace_period) > Number(shutdown));
});

test('nginx looks for the nodes by their name, and may open as many files as it wants to', () => {
  assert.equal(parseEnv(nginx('container.env')).NGINX_NODE, 'node:8080');
  assert.equal(compose.services.nginx.ulimits.nofile, compose.services.nginx.environment.NGINX_FILES);
});

test('there is a phone where the simulator stands in for Meta, and nowhere else', () => {
  assert.equal(compose.services.nginx.environment.NGINX_DEMO, '${Demo__Enabled:-false}');
  assert.match(nginx('shared/demo-false.conf.template'), /location ~\* \^\/phone\(\/\|\$\) \{\s*return 404;/);
});

test('what the guide for operators tells to set reaches a node', () => {
  const guide = readFileSync(join(ROOT, 'infra/README.md'), 'utf8');
  const settings = new Set([...guide.matchAll(/\b[A-Z]\w+__[A-Z]\w+/g)].map(([name]) => name));
  const passed = [...Object.keys(compose.services.node.environment), ...Object.keys(compose.services.migrate.environment)];
  assert.ok(settings.size > 15);
  assert.deepEqual([...settings].filter(name => !passed.some(key => key.startsWith(name))), []);
});

test('every image that is not built here is named by its exact version', () => {
  const dockerfile = readFileSync(join(ROOT, 'infra/Dockerfile'), 'utf8');
  const stages = new Set([...dockerfile.matchAll(/ AS ([\w-]+)/g)].map(([, stage]) => stage));
  const images = [
    ...services.filter(([, { build, pull_policy }]) => !build && pull_policy !== 'never').map(([, { image }]) => image),
    ...[...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image).filter(image => !stages.has(image)),
  ];
  assert.ok(images.length >= 8, String(images));
  // PostgreSQL's versions have two numbers.
  for (const image of images) assert.match(image, /:v?\d+\.\d+\.\d+$|^postgres:\d+\.\d+$/, image);
});

test('what is mounted from here is here', () => {
  for (const volume of services.flatMap(([, { volumes = [] }]) => volumes).filter(volume => volume.startsWith('./'))) {
    assert.ok(existsSync(join(ROOT, volume.split(':')[0])), volume);
  }
});

test('only the migration connects as the owner of the tables, and the backup as neither', () => {
  const owner = ({ environment = {} }) => Object.entries(environment).filter(([, value]) => /Username=pytake;|POSTGRES_PASSWORD/.test(value)).map(([key]) => key);
  assert.deepEqual(services.filter(([name, service]) => name !== 'postgres' && owner(service).length).map(([name]) => name), ['migrate']);
  for (const name of ['node', 'worker', 'migrate']) assert.match(compose.services[name].environment.ConnectionStrings__Postgres, /Username=pytake_node;/, name);
  assert.equal(compose.services.backup.environment.PGUSER, 'pytake_backup');
});

test('no secret has a default', () => {
  const used = [...text.matchAll(/\$\{(\w*(?:PASSWORD|Key|Secret|Token)\w*)(.?.?)/g)];
  assert.ok(used.length >= 6);
  for (const [, name, operator] of used) assert.equal(operator, ':?', name);
});

test('compose-secrets makes all that is demanded, but the secret that only Meta knows', async t => {
  const directory = runDirectory(t);
  const make = async (file, ...options) => {
    const path = join(directory, file);
    await run(join(ROOT, 'infra/compose-secrets'), [...options, path]);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    return parseEnv(readFileSync(path, 'utf8'));
  };
  const demo = await make('demo', '--demo');
  const real = await make('real');
  assert.deepEqual(demanded.filter(name => !demo[name]), []);
  assert.deepEqual(demanded.filter(name => !real[name]), ['WhatsApp__AppSecrets__0']);
  assert.equal(Buffer.from(real.Encryption__Keys__0, 'base64').length, 32);
  for (const name of demanded) assert.notEqual(demo[name], real[name], name);
  assert.deepEqual([demo.COMPOSE_PROFILES, demo.Demo__Enabled, real.Demo__Enabled], ['simulator', 'true', undefined]);
  await assert.rejects(make('real'), /real is there already/);
  // A file of a version before there were two roles.
  const path = join(directory, 'real');
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^NODE_PASSWORD=.*\n/m, ''));
  const { NODE_PASSWORD, ...rest } = await make('real', '--missing');
  assert.match(NODE_PASSWORD, /^[0-9a-f]{64}$/);
  assert.deepEqual({ ...rest, NODE_PASSWORD: real.NODE_PASSWORD }, real);
  assert.deepEqual(await make('real', '--missing'), { ...rest, NODE_PASSWORD });
});

test('the health check goes by the status', async t => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/health/ready' ? 200 : 503;
    response.end('{}');
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const ask = (path, port = server.address().port) =>
    run(join(ROOT, 'infra/lib/answers'), [path], { env: { ...process.env, ASPNETCORE_HTTP_PORTS: String(port) } });
  await ask('/health/ready');
  await assert.rejects(ask('/health'));
  await assert.rejects(ask('/health/ready', 1));
});

function nginx(file) {
  return readFileSync(join(ROOT, 'nginx', file), 'utf8');
}

function seconds(duration) {
  return Number(/^(\d+)s$/.exec(duration)[1]);
}
