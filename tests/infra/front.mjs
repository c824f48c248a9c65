// Starts an nginx in front of upstreams: the local cluster's on the nginx of this machine and, where PYTAKE_NGINX names
// an nginx of 1.30 or later, the containers' as well. With TLS, it is at the port after the one without.
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { parseEnv } from 'node:util';
import { bash, ROOT, runDirectory } from './shell.mjs';
import { Upstream } from './upstream.mjs';

export const fronts = process.env.PYTAKE_NGINX ? { local, containers } : { local };

async function local(t, count, tls) {
  const directory = runDirectory(t);
  const nodes = await startNodes(t, Array.from({ length: count }, () => ({})));
  const port = Number(await bash(directory, 'free_ports 2'));
  const front = tls ? `NGINX_FRONT=tls NGINX_CERTIFICATES=${certificate(directory)} NGINX_LISTEN_TLS='listen 127.0.0.1:${port + 1} ssl;'` : '';
  await bash(directory, `NODE_PORTS=(${nodes.map(node => node.port).join(' ')}) NGINX_PORT=${port} SIMULATOR_PORT=${nodes.at(-1).port} ${front}; start_nginx`);
  return { nodes, port, directory, log: async () => logs(join(directory, 'nginx/access.log'), join(directory, 'logs/nginx.log')) };
}

/** One name for all nodes, answered by a DNS server of our own, as Docker's does; it answers what is in `hosts`. */
async function containers(t, count, tls) {
  const directory = runDirectory(t);
  const [port, nodePort] = (await bash(directory, 'free_ports 2; echo; free_ports 1')).split('\n').map(Number);
  const hosts = Array.from({ length: count }, (_, i) => `127.0.1.${i + 1}`);
  const nodes = await startNodes(t, hosts.map(host => ({ host, port: nodePort })));
  const dns = await answerNames(hosts);
  t.after(() => dns.close());

  const env = {
    ...process.env,
    ...parseEnv(readFileSync(join(ROOT, 'nginx/container.env'), 'utf8')),
    NGINX_FRONT: tls ? 'tls' : 'plain',
    NGINX_DEMO: 'true',
    NGINX_SIMULATOR: `http://${hosts.at(-1)}:${nodePort}`,
    NGINX_LISTEN: `listen 127.0.0.1:${port};`,
    NGINX_LISTEN_TLS: `listen 127.0.0.1:${port + 1} ssl;`,
    NGINX_CERTIFICATES: tls ? certificate(directory) : '',
    NGINX_NODE: `node.test:${nodePort}`,
    NGINX_RESOLVER: `127.0.0.1:${dns.address().port}`,
    NGINX_FILES: '4096',
  };
  execFileSync('node', [join(ROOT, 'infra/lib/render.mjs'), join(ROOT, 'nginx/container.conf.template'),
    join(directory, 'nginx.conf'), join(ROOT, 'nginx/shared'), join(directory, 'shared')], { env });
  const user = process.getuid() === 0 ? 'user root root; ' : '';    // as in infra/lib/nginx.sh
  const command = ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', 'stderr', '-g', `${user}daemon off;`];
  const output = join(directory, 'logs/nginx.log');
  const stdio = ['ignore', openSync(output, 'a'), openSync(output, 'a')];
  execFileSync(process.env.PYTAKE_NGINX, [...command, '-t', '-q'], { stdio });
  const nginx = spawn(process.env.PYTAKE_NGINX, command, { stdio });
  t.after(() => { nginx.kill(); return once(nginx, 'exit'); });
  // Until it knows the nodes' addresses, it is there and answers 502.
  await until(async () => (await status(tls ? port + 1 : port, '/ready', tls)) === 200);
  return { nodes, port, directory, hosts, log: async () => logs(output) };
}

/** A certificate of our own for localhost, and its directory. */
function certificate(directory) {
  const [fullchain, privkey] = ['fullchain.pem', 'privkey.pem'].map(name => join(directory, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', privkey, '-out', fullchain], { stdio: 'ignore' });
  return directory;
}

async function startNodes(t, places) {
  const nodes = await Promise.all(places.map((place, i) => new Upstream(`node-${i + 1}`, place).start()));
  t.after(() => Promise.allSettled(nodes.map(node => node.kill())));
  return nodes;
}

/** Answers every A question with all addresses. */
async function answerNames(addresses) {
  const server = createSocket('udp4');
  server.on('message', (question, from) => {
    const header = Buffer.from(question.subarray(0, 12));
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(addresses.length, 6);
    const end = question.indexOf(0, 12) + 5;
    const answers = addresses.map(address =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)]));
    server.send(Buffer.concat([header, question.subarray(12, end), ...answers]), from.port, from.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function logs(...files) {
  return files.map(file => readFileSync(file, 'utf8')).join('\n');
}

async function status(port, path, tls) {
  const ask = tls ? secureRequest : request;
  try {
    const [answer] = await once(ask({ port, path, rejectUnauthorized: false }).end(), 'response');
    answer.resume();
    return answer.statusCode;
  } catch {
    return 0;
  }
}

/** Asks again until the answer is yes; nothing else is signalled by a server that starts or a log that is flushed. */
export async function until(condition, seconds = 10) {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${condition}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** Opens a raw connection, for what fetch would not send; with options, by TLS. */
export async function open(port, text, tls) {
  const socket = tls ? connectSecurely({ port, host: '127.0.0.1', servername: 'localhost', ...tls }) : connect(port, '127.0.0.1');
  await once(socket, tls ? 'secureConnect' : 'connect');
  socket.write(text);
  return socket;
}
