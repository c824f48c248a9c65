// The scripts' own promises: only what was started is stopped, ports and secrets stay, a part comes back on its data.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { bash, ROOT, runDirectory } from './shell.mjs';

test('cluster.json has the agreed shape', async t => {
  const directory = runDirectory(t);
  const cluster = await plan(directory, '');
  assert.deepEqual(cluster, {
    base_url: 'http://localhost:8080',
    nodes: [
      { name: 'node-1', url: 'http://127.0.0.1:5001', metrics_url: 'http://127.0.0.1:5101/metrics', workers: true, pid: 0 },
      { name: 'node-2', url: 'http://127.0.0.1:5002', metrics_url: 'http://127.0.0.1:5102/metrics', workers: true, pid: 0 },
    ],
    nginx: { port: 8080, pid: 0 },
    redis: { port: 6390, pid: 0 },
    postgres: {
      port: 5433,
      pid: 0,
      connection_string: 'Host=127.0.0.1;Port=5433;Database=pytake;Username=pytake;Password=pw',
    },
    simulator: { url: 'http://127.0.0.1:8081', pid: 0 },
    whatsapp: { phone_number_id: '1', display_phone_number: '2', app_secret: 's', verify_token: 'v' },
  });
  assert.equal(statSync(join(directory, 'cluster.json')).mode & 0o777, 0o600);
});

test('ports and the number of nodes stay until they are changed', async t => {
  const directory = runDirectory(t);
  await plan(directory, 'NODES=3 BASE_PORT=21000');
  const { base_url, nodes, nginx, simulator, postgres, redis } = await plan(directory, '');
  assert.equal(base_url, 'http://localhost:21000');
  assert.deepEqual(nodes.map(node => node.url), [21011, 21012, 21013].map(port => `http://127.0.0.1:${port}`));
  assert.deepEqual(nodes.map(node => node.metrics_url), [21111, 21112, 21113].map(port => `http://127.0.0.1:${port}/metrics`));
  assert.deepEqual([nginx.port, simulator.url, postgres.port, redis.port], [21000, 'http://127.0.0.1:21001', 21002, 21003]);
  assert.equal((await plan(directory, 'NODES=4')).nodes[3].url, 'http://127.0.0.1:21014');
});

test('the first nodes work, the others only serve, until it is changed', async t => {
  const directory = runDirectory(t);
  const works = cluster => cluster.nodes.map(node => node.workers);
  assert.deepEqual(works(await plan(directory, 'NODES=3 WORKERS=2')), [true, true, false]);
  assert.deepEqual(works(await plan(directory, '')), [true, true, false]);
  const settings = `launch() { echo "$1 $Workers__Enabled"; }; eval "$(node "$ROOT/infra/lib/cluster.mjs" variables "$RUN/cluster.json")"
    REDIS_PORT=1 REDIS_PASSWORD=p NODE_PASSWORD=p SIGNING_KEY=s ENCRYPTION_KEY=e GRAPH_TOKEN=g PHONE_NUMBER_ID=1 DISPLAY_PHONE_NUMBER=2 APP_SECRET=s VERIFY_TOKEN=v`;
  assert.equal(await bash(directory, `${settings}; demand_free_port() { :; }; start_node node-2; start_node node-3; working_nodes`),
    'node-2 true\nnode-3 false\n2');
  assert.deepEqual(works(await plan(directory, 'WORKERS=3')), [true, true, true]);
});

test('options are those that the usage shows', async t => {
  const script = (limit, args) => bash(runDirectory(t), `usage() { printf '  --nodes N   how many\\n  --only SUITE   A\\n  --quick   soon\\n'; }
    parse_options ${limit} ${args}; demand_option nodes '^[1-9]$' "a number"; echo "\${OPTION[nodes]} \${OPTION[only]} \${OPTION[quick]} \${ARGUMENTS[@]}"; given_options nodes quick`);
  assert.equal(await script(1, '--nodes 3 node-1 --only a --quick --only b'),
    '3 a b yes node-1\n--nodes\n3\n--quick');
  assert.match(await script(0, '--help'), /how many/);
  await assert.rejects(script(0, '--node 3'), /unknown option --node/);
  await assert.rejects(script(0, '--nodes'), /--nodes wants N/);
  await assert.rejects(script(0, '--nodes 0'), /--nodes wants a number/);
  await assert.rejects(script(1, 'node-1 node-2'), /one argument too many: node-2/);
});

test('a part that starts and stops is recorded', async t => {
  const directory = runDirectory(t);
  await plan(directory, '');
  const pid = Number(await bash(directory, 'launch node-2 / sleep 60; pid_of node-2'));
  assert.equal(read(directory).nodes[1].pid, pid);
  await bash(directory, 'stop_parts node-2');
  assert.equal(read(directory).nodes[1].pid, 0);
  assert.match(await bash(directory, `state_of ${pid} || true`), /^Z?$/);
});

test('a pid that belongs to another process by now is left alone', async t => {
  const directory = runDirectory(t);
  const stranger = spawn('sleep', ['60']);
  t.after(() => stranger.kill());
  await bash(directory, 'true');
  writeFileSync(join(directory, 'pids/redis'), `${stranger.pid} 1\n`);
  await bash(directory, '! is_running redis; stop_parts redis');
  assert.equal(stranger.exitCode ?? stranger.signalCode, null);
});

test('a part that is halted can be stopped', async t => {
  const directory = runDirectory(t);
  await bash(directory, 'launch redis / sleep 60; kill -s STOP "$(pid_of redis)"; stop_parts redis; ! is_running redis');
});

test('what the caller has open is not held by what outlives the script', async t => {
  const directory = runDirectory(t);
  const script = '. "$0/infra/lib/common.sh"; use_run_dir "$1"; launch redis / sleep 60';
  // The fourth is a pipe whose end we would wait for, as flock or a CI job does.
  const { error, status } = spawnSync('bash', ['-c', script, ROOT, directory],
    { stdio: ['ignore', 'ignore', 'inherit', 'pipe'], timeout: 10_000 });
  assert.deepEqual([error, status], [undefined, 0]);
});

test('a taken port is named', async t => {
  const directory = runDirectory(t);
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address();
  await assert.rejects(bash(directory, `REDIS_PORT=${port}; start_redis`),
    new RegExp(`port ${port}, meant for redis, is taken`));
});

test('a part that does not come up is reported with the end of its log', async t => {
  const directory = runDirectory(t);
  await assert.rejects(bash(directory, 'launch node-1 / bash -c "echo broken setting; exit 3"; wait_until_ready node-1 10 false'),
    { message: /node-1 ended while starting[^]*broken setting/ });
});

test('secrets are made once and are for their owner alone', async t => {
  const directory = runDirectory(t);
  const names = '"$SIGNING_KEY $ENCRYPTION_KEY $APP_SECRET $VERIFY_TOKEN $POSTGRES_PASSWORD $GRAPH_TOKEN"';
  const first = await bash(directory, `load_secrets; echo ${names}`);
  assert.equal(await bash(directory, `load_secrets; echo ${names}`), first);
  const secrets = first.split(' ');
  assert.equal(new Set(secrets).size, 6);
  assert.ok(secrets[0].length >= 32);
  assert.equal(Buffer.from(secrets[1], 'base64').length, 32);
  assert.equal(statSync(join(directory, 'secrets')).mode & 0o777, 0o600);
});

test('a template that lacks a value is refused', async t => {
  const directory = runDirectory(t);
  const template = join(directory, 'a.template');
  writeFileSync(template, 'listen ${NGINX_ABSENT}; $host ${kept}');
  const render = prefix => bash(directory, `${prefix} node "$ROOT/infra/lib/render.mjs" "$RUN/a.template" "$RUN/a"`);
  await assert.rejects(render(''), /needs NGINX_ABSENT/);
  await render('NGINX_ABSENT=80');
  assert.equal(readFileSync(join(directory, 'a'), 'utf8'), 'listen 80; $host ${kept}');
});

test('a registry that lacks a package ends the build with its name', { timeout: 120_000 }, async t => {
  const directory = runDirectory(t);
  // RestoreSources and NUGET_PACKAGES: a registry and a cache with nothing in them.
  const build = `mkdir "$RUN/registry"; export RestoreSources="$RUN/registry" NUGET_PACKAGES="$RUN/packages"
    unset ArtifactsPath PYTAKE_ARTIFACTS; publish PyTake.Server "$RUN/out"`;
  await assert.rejects(bash(directory, build), { message: /PyTake\.Server does not build[^]*error NU1101: Unable to find package Npgsql\b/ });
});

test('PostgreSQL comes back on its data after a kill', { timeout: 60_000 }, async t => {
  const directory = runDirectory(t);
  const settings = `POSTGRES_PORT=$(cat "$RUN/port" 2>/dev/null || free_ports 1 | tee "$RUN/port"); POSTGRES_PASSWORD=pw
    POSTGRES_OPTIONS=();`;
  await bash(directory, `${settings} start_postgres; create_database; run_sql pytake 'create table kept (id int)'`);
  await bash(directory, `${settings} kill -s KILL "$(pid_of postgres)"; start_postgres`);
  assert.equal(await bash(directory, `${settings} run_sql pytake 'show fsync; select count(*) from kept'`), 'on\n0');
  await assert.rejects(bash(directory, `${settings} POSTGRES_PASSWORD=wrong; run_sql pytake 'select 1'`), /password/);
  await bash(directory, `${settings} stop_parts postgres; ! port_is_taken "$POSTGRES_PORT"`);
});

test('nginx comes back on its port after its master was killed and left its workers behind', async t => {
  const directory = runDirectory(t);
  await bash(directory, 'free_ports 1 >"$RUN/port"; NGINX_PORT=$(cat "$RUN/port") NODE_PORTS=(1) SIMULATOR_PORT=2; start_nginx');
  await bash(directory, `NGINX_PORT=$(cat "$RUN/port") NODE_PORTS=(1) SIMULATOR_PORT=2; kill -s KILL "$(pid_of nginx)"
    port_is_taken "$NGINX_PORT"; start_nginx; stop_parts nginx; ! port_is_taken "$NGINX_PORT"`);
});

async function plan(directory, changes) {
  await bash(directory, `export POSTGRES_PASSWORD=pw PHONE_NUMBER_ID=1 DISPLAY_PHONE_NUMBER=2
    export APP_SECRET=s VERIFY_TOKEN=v; ${changes} node "$ROOT/infra/lib/cluster.mjs" plan "$RUN/cluster.json"`);
  return read(directory);
}

function read(directory) {
  return JSON.parse(readFileSync(join(directory, 'cluster.json'), 'utf8'));
}
