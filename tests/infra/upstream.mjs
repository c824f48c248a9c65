// A tiny node: says who it is and what it was asked, and can be told to misbehave.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { brotliCompressSync } from 'node:zlib';

export class Upstream {
  requests = [];
  connections = 0;
  #server;
  #sockets = new Set();

  constructor(name, { host = '127.0.0.1', port = 0 } = {}) {
    this.name = name;
    this.host = host;
    this.port = port;
  }

  async start() {
    this.#server = createServer((request, response) => this.#handle(request, response));
    this.#server.on('connection', socket => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (request, socket) => this.#upgrade(request, socket));
    this.#server.listen(this.port, this.host);
    await once(this.#server, 'listening');
    this.port = this.#server.address().port;
    return this;
  }

  /** As a killed process: the port refuses, the connections are gone. */
  async kill() {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #handle(request, response) {
    const seen = { node: this.name, method: request.method, url: request.url, headers: request.headers, bytes: 0 };
    this.requests.push(seen);
    if (request.url.includes('/die')) return request.socket.destroy();
    if (request.url.includes('/stream')) return this.#stream(response);
    this.onBytes?.(seen);
    for await (const chunk of request) {
      seen.bytes += chunk.length;
      this.onBytes?.(seen);
    }
    this.#answer(seen, response);
  }

  #answer(seen, response) {
    if (seen.url.endsWith('.css')) return this.#stylesheet(seen, response);
    response.setHeader('Content-Type', seen.url === '/inbox' ? 'text/html' : 'application/json');
    response.end(JSON.stringify({ ...seen, filler: 'x'.repeat(2000) }));
  }

  /** As a node answers with a file of the web app: compressed ahead, for who takes it. */
  #stylesheet(seen, response) {
    const css = 'body { color: red }\n'.repeat(200);
    const compressed = /\bbr\b/.test(seen.headers['accept-encoding'] ?? '');
    response.setHeader('Content-Type', 'text/css');
    response.setHeader('ETag', '"a-tag"');
    if (compressed) response.setHeader('Content-Encoding', 'br');
    response.end(compressed ? brotliCompressSync(css) : css);
  }

  /** One event, and nothing after it: whoever buffers waits for ever. */
  #stream(response) {
    response.setHeader('Content-Type', 'text/event-stream');
    response.write('data: first\n\n');
  }

  #upgrade(request, socket) {
    this.requests.push({ node: this.name, method: request.method, url: request.url, headers: request.headers });
    const accept = createHash('sha1')
      .update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11')
      .digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
      + `Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.on('error', () => {});
    socket.pipe(socket);
  }
}

/** An address where connections are neither taken nor refused, as at that of a container that is gone, until it is let go. */
export async function hang(host, port) {
  const worker = new Worker(`
    const { parentPort, workerData } = require('node:worker_threads');
    require('node:net').createServer().listen({ ...workerData, backlog: 1 }, () => {
      parentPort.postMessage('listens');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`, { eval: true, workerData: { host, port } });
  await once(worker, 'message');
  // The kernel takes two for a queue of one; all that come after them wait.
  const first = Array.from({ length: 2 }, () => connect(port, host));
  await Promise.all(first.map(socket => once(socket, 'connect')));
  return async () => {
    for (const socket of first) socket.destroy();
    await worker.terminate();
  };
}
