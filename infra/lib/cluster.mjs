// Reads and writes cluster.json, the description of a running cluster for tests, benchmarks and people.
//
//   node cluster.mjs plan FILE            creates it, or changes what NODES, WORKERS and BASE_PORT say; keeps the rest
//   node cluster.mjs variables FILE       prints its ports and names as shell variables
//   node cluster.mjs pid FILE PART PID    records the pid of a part (node-1, redis, ...); 0: stopped
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

const DEFAULT_PORTS = { nginx: 8080, simulator: 8081, node: 5001, metrics: 5101, postgres: 5433, redis: 6390 };

/** With a base port all ports follow from it, so that several clusters can run side by side. */
function portsFrom(base) {
  return base === undefined
    ? DEFAULT_PORTS
    : { nginx: base, simulator: base + 1, postgres: base + 2, redis: base + 3, node: base + 11, metrics: base + 111 };
}

function portsOf(cluster) {
  return {
    nginx: cluster.nginx.port,
    simulator: portOf(cluster.simulator),
    postgres: cluster.postgres.port,
    redis: cluster.redis.port,
    node: portOf(cluster.nodes[0]),
    metrics: metricsPortOf(cluster.nodes[0]),
  };
}

/** A description from before there were metrics names no port for them. */
function metricsPortOf(node) {
  return node.metrics_url === undefined ? portOf(node) + 100 : Number(new URL(node.metrics_url).port);
}

function portOf(part) {
  return Number(new URL(part.url).port);
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Readers never see half a file. Its passwords are for the user who started the cluster. */
function write(file, cluster) {
  writeFileSync(`${file}.new`, JSON.stringify(cluster, null, 2) + '\n', { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function plan(old, env) {
  const [nodes, workers, basePort] = [env.NODES, env.WORKERS, env.BASE_PORT].map(text => (text ? Number(text) : undefined));
  const ports = old && (basePort ?? old.nginx.port) === old.nginx.port ? portsOf(old) : portsFrom(basePort);
  const count = nodes ?? old?.nodes.length ?? 2;
  const works = i => (workers === undefined ? old?.nodes[i]?.workers ?? true : i < workers);
  const pid = part => part?.pid ?? 0;
  return {
    base_url: `http://localhost:${ports.nginx}`,
    nodes: Array.from({ length: count }, (_, i) => ({
      name: `node-${i + 1}`,
      url: `http://127.0.0.1:${ports.node + i}`,
      workers: works(i),
      metrics_url: `http://127.0.0.1:${ports.metrics + i}/metrics`,
      pid: pid(old?.nodes[i]),
    })),
    nginx: { port: ports.nginx, pid: pid(old?.nginx) },
    redis: { port: ports.redis, pid: pid(old?.redis) },
    postgres: {
      port: ports.postgres,
      pid: pid(old?.postgres),
      connection_string:
        `Host=127.0.0.1;Port=${ports.postgres};Database=pytake;Username=pytake;Password=${env.POSTGRES_PASSWORD}`,
    },
    simulator: { url: `http://127.0.0.1:${ports.simulator}`, pid: pid(old?.simulator) },
    whatsapp: {
      phone_number_id: env.PHONE_NUMBER_ID,
      display_phone_number: env.DISPLAY_PHONE_NUMBER,
      app_secret: env.APP_SECRET,
      verify_token: env.VERIFY_TOKEN,
      access_token: env.GRAPH_TOKEN,
    },
  };
}

function variables(cluster) {
  const ports = portsOf(cluster);
  return [
    `NGINX_PORT=${ports.nginx}`,
    `SIMULATOR_PORT=${ports.simulator}`,
    `POSTGRES_PORT=${ports.postgres}`,
    `REDIS_PORT=${ports.redis}`,
    `NODE_PORTS=(${cluster.nodes.map(portOf).join(' ')})`,
    `NODE_WORKS=(${cluster.nodes.map(node => node.workers ?? true).join(' ')})`,
    `METRICS_PORT=${ports.metrics}`,
    `POSTGRES_CONNECTION='${cluster.postgres.connection_string}'`,
  ].join('\n');
}

function recordPid(cluster, part, pid) {
  const entry = cluster.nodes.find(node => node.name === part) ?? cluster[part];
  entry.pid = pid;
}

const [command, file, ...rest] = process.argv.slice(2);
const cluster = read(file);

switch (command) {
  case 'plan':
    write(file, plan(cluster, process.env));
    break;
  case 'variables':
    console.log(variables(cluster));
    break;
  case 'pid':
    recordPid(cluster, rest[0], Number(rest[1]));
    write(file, cluster);
    break;
  default:
    throw new Error(`unknown command ${command}`);
}
