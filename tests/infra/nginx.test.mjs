// What nginx promises to the nodes, the browsers and the operators, tried on the real thing.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import { fronts, open, until } from './front.mjs';
import { ROOT } from './shell.mjs';
import { hang } from './upstream.mjs';

for (const [name, front] of Object.entries(fronts)) {
  const it = (title, run) => test(`${name}: ${title}`, { timeout: 60_000 }, run);

  for (const count of [2, 5]) {
    it(`${count} nodes share the REST requests`, async t => {
      const { port, nodes } = await front(t, count);
      await times(count * 10, () => json(port, '/api/v1/conversations'));
      for (const node of nodes) assert.ok(node.requests.length > 1, `${node.name} got nothing`);
    });
  }

  it('connections to the nodes are kept', async t => {
    const { port, nodes } = await front(t, 1);
    const before = nodes[0].connections;
    await times(100, () => json(port, '/api/v1/conversations'));
    assert.ok(nodes[0].connections - before <= 4, `${nodes[0].connections - before} connections for 100 requests`);
  });

  it('a node learns who asked, and nothing that the client made up', async t => {
    const { port } = await front(t, 1);
    const forged = { 'X-Forwarded-For': '6.6.6.6', 'X-Forwarded-Proto': 'gopher', 'X-Forwarded-Host': 'evil.example',
      Forwarded: 'for=6.6.6.6', 'X-Forwarded-Prefix': '/evil', 'X-Request-ID': 'mine' };
    const { headers } = await json(port, '/api/v1/auth/me', { headers: forged });
    assert.equal(headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(headers['x-forwarded-proto'], 'http');
    assert.equal(headers.host, `127.0.0.1:${port}`);
    assert.match(headers['x-request-id'], /^[0-9a-f]{32}$/);
    for (const name of ['x-forwarded-host', 'x-forwarded-prefix', 'forwarded']) assert.equal(headers[name], undefined);
  });

  it('no query string reaches a log, whatever goes wrong', async t => {
    const { port, nodes, log } = await front(t, 2);
    const secret = 'S3cr3tT0ken';
    const paths = ['/hubs/chat', '/hubs/chat/negotiate', '/socket.io/', '/api/v1/conversations', '/metrics', '/'];
    const askAll = () => Promise.all(paths.flatMap(path => [
      fetch(`http://127.0.0.1:${port}${path}?access_token=${secret}`),
      fetch(`http://127.0.0.1:${port}${path}?x=1&access_token=${secret}`, { headers: { Referer: `http://a/?${secret}` } }),
    ]));
    await askAll();
    const broken = await fetch(`http://127.0.0.1:${port}/hubs/chat/die?access_token=${secret}`);
    await Promise.all(nodes.map(node => node.kill()));
    const unreachable = await askAll();
    const large = await fetch(`http://127.0.0.1:${port}/last?access_token=${secret}`, { method: 'POST', body: 'x'.repeat(2e6) });
    assert.deepEqual([broken.status, unreachable[0].status, large.status], [502, 502, 413]);
    await until(async () => (await log()).includes('"path":"/last"'));
    const text = await log();
    assert.ok(text.includes('"path":"/hubs/chat"') && text.includes('"status":502'), text);
    assert.ok(!text.includes(secret), text);
  });

  it('half requests and idle connections end by themselves, and meanwhile others are answered', async t => {
    const { port } = await front(t, 1);
    const halves = await Promise.all(Array.from({ length: 300 }, (_, n) => half(t, port, n % 2 ? '' : 'POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-')));
    assert.equal((await json(port, '/api/v1/conversations')).url, '/api/v1/conversations');
    await Promise.all(halves.map(socket => socket.ended));
  });

  it('webhooks that do not end take only so much from one address, and nothing from other requests', async t => {
    const { port, nodes } = await front(t, 1);
    const most = Number(parseEnv(readFileSync(join(ROOT, `nginx/${name === 'local' ? 'local' : 'container'}.env`), 'utf8')).NGINX_WEBHOOKS);
    const head = 'POST /api/v1/whatsapp/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n{';
    const halves = await Promise.all(Array.from({ length: most }, () => half(t, port, head)));
    const webhook = () => fetch(`http://127.0.0.1:${port}/api/v1/whatsapp/webhook`, { method: 'POST', body: '{}' });
    await until(async () => (await webhook()).status === 429);
    await assertError(await webhook(), 429, 'Too many requests', 'rate_limit_exceeded');
    assert.equal((await json(port, '/api/v1/conversations')).url, '/api/v1/conversations');
    assert.ok(!nodes[0].requests.some(request => request.headers['content-length'] === '4000000'), 'a half body reached a node');
    await Promise.all(halves.map(socket => socket.ended));
    assert.equal((await webhook()).status, 200);
  });

  it('metrics are hidden, however they are spelled', async t => {
    const { port, nodes } = await front(t, 1);
    const before = nodes[0].requests.length;
    const paths = ['/metrics', '/METRICS', '/metrics/', '/%6detrics', '//metrics', '/x/../metrics', '/metrics%2Fx'];
    for (const path of paths) {
      const socket = await open(port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      const answer = (await socket.setEncoding('utf8').toArray()).join('');
      assert.match(answer, /^HTTP\/1.1 404 /, path);
      assert.match(answer, /"error":\{"code":404,"message":"Not found","type":"http_error"\},"detail":"Not found"\}/, path);
    }
    assert.equal(nodes[0].requests.length, before);
    assert.equal((await json(port, '/health')).url, '/health');
  });

  it('WebSockets pass both doors, and no other upgrade does', async t => {
    const { port, nodes } = await front(t, 2);
    for (const path of ['/hubs/chat?access_token=t', '/socket.io/?EIO=4&transport=websocket']) {
      const socket = await open(port, upgrade(path, 'websocket'));
      const [answer] = await once(socket, 'data');
      assert.match(String(answer), /^HTTP\/1.1 101 /);
      socket.write('hello');
      const [echo] = await once(socket, 'data');
      assert.equal(String(echo), 'hello');
      socket.destroy();
    }
    const socket = await open(port, upgrade('/hubs/chat', 'h2c'));
    assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 200 /);
    socket.destroy();
    const last = nodes.flatMap(node => node.requests).find(request => request.url === '/hubs/chat');
    assert.equal(last.headers.upgrade, undefined);
  });

  it('a client stays on its node, and clients spread', async t => {
    const { port } = await front(t, 2);
    const places = await Promise.all(Array.from({ length: 40 }, async () => {
      const first = await fetch(`http://127.0.0.1:${port}/hubs/chat/negotiate`, { method: 'POST' });
      const cookie = first.headers.get('set-cookie');
      assert.match(cookie, /^pytake_node=[0-9a-f]{32}; /);
      assert.match(cookie, /path=\//i);
      assert.match(cookie, /httponly/i);
      assert.match(cookie, /samesite=lax/i);
      const { node } = await first.json();
      for (const path of ['/hubs/chat?id=1', '/hubs/chat?id=1']) {
        const next = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { Cookie: cookie.split(';')[0] } });
        assert.equal((await next.json()).node, node);
        if (name === 'local') assert.equal(next.headers.get('set-cookie'), null);
      }
      return node;
    }));
    for (const node of ['node-1', 'node-2']) assert.ok(places.filter(place => place === node).length >= 8, String(places));
  });

  it('a session of Socket.IO stays on its node without a cookie', async t => {
    const { port } = await front(t, 3);
    const places = new Set();
    for (let i = 0; i < 20; i++) {
      const { node, headers } = await json(port, '/socket.io/?EIO=4&transport=polling');
      const sid = headers['x-request-id'] + 'SecretOfTheNode';
      for (let j = 0; j < 3; j++) {
        assert.equal((await json(port, `/socket.io/?EIO=4&transport=polling&t=${j}&sid=${sid}`)).node, node);
      }
      places.add(node);
    }
    assert.equal(places.size, 3);
  });

  it('a session of Socket.IO goes on with a WebSocket on its node', async t => {
    const { port, nodes } = await front(t, 3);
    for (let i = 0; i < 10; i++) {
      const { node, headers } = await json(port, '/socket.io/?EIO=4&transport=polling');
      const path = `/socket.io/?EIO=4&transport=websocket&sid=${headers['x-request-id']}SecretOfTheNode`;
      const socket = await open(port, upgrade(path, 'websocket'));
      assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 101 /);
      assert.equal(nodes.find(({ requests }) => requests.at(-1)?.url === path).name, node);
      socket.destroy();
    }
  });

  it("the customers' phone is the simulator's, streams and all", async t => {
    const { port, nodes } = await front(t, 1);
    assert.equal((await json(port, '/phone/_control/settings?a=1')).url, '/_control/settings?a=1');
    const abort = new AbortController();
    const answer = await fetch(`http://127.0.0.1:${port}/phone/_control/events/stream`, { signal: abort.signal });
    const { value } = await answer.body.getReader().read();
    assert.equal(Buffer.from(value).toString(), 'data: first\n\n');
    abort.abort();
    assert.equal(nodes[0].requests.at(-1).url, '/_control/events/stream');
  });

  it('of the simulator only its phone is reached, and neither the rest of its control nor its Graph API', async t => {
    const { port, nodes } = await front(t, 1);
    for (const path of ['', 'assets/phone-1a2b.js', 'favicon.svg', '_control/events', '_control/inbound', '_control/media/1', '_control/rules', '_control/settings']) {
      await json(port, `/phone/${path}`);
    }
    const before = nodes[0].requests.length;
    for (const path of ['_control/sent', '_control/statuses', '_control/owners', '_control/echoes', '_control', '_CONTROL/Sent', '_control/../_control/sent',
      '%5fcontrol/sent', 'v23.0/1/messages', 'V23.0/1', 'health', 'x/../_control/sent', '_control/sentinel', '/_control/sent']) {
      const socket = await open(port, `GET /phone/${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      assert.match((await socket.setEncoding('utf8').toArray()).join(''), /^HTTP\/1.1 404 /, path);
    }
    assert.equal(nodes[0].requests.length, before);
  });

  it('what nginx answers itself is neither stored, guessed, run nor framed', async t => {
    const { port } = await front(t, 1);
    const { headers } = await fetch(`http://127.0.0.1:${port}/metrics`);
    assert.deepEqual(['cache-control', 'x-content-type-options', 'content-security-policy', 'referrer-policy'].map(name => headers.get(name)),
      ['no-store', 'nosniff', "default-src 'none'; frame-ancestors 'none'", 'no-referrer']);
  });

  it('a WebSocket that no request came before goes to any node, one of a session to its own', async t => {
    const { port, nodes } = await front(t, 2);
    const first = await fetch(`http://127.0.0.1:${port}/hubs/chat/negotiate`, { method: 'POST' });
    const cookie = first.headers.get('set-cookie').split(';')[0];
    const { headers } = await json(port, '/socket.io/?EIO=4&transport=polling', { headers: { Cookie: cookie } });
    const session = `/socket.io/?sid=${headers['x-request-id']}SecretOfTheNode`;
    for (const [path, stays] of [['/hubs/chat?id=1', true], [session, true], ['/hubs/chat?access_token=t', false], ['/socket.io/?EIO=4', false]]) {
      await times(20, async () => {
        const socket = await open(port, upgrade(path, 'websocket', `Cookie: ${cookie}\r\n`));
        await once(socket, 'data');
        socket.destroy();
      });
      const places = nodes.map(node => node.requests.filter(request => request.url === path).length);
      assert.equal(places[0] + places[1], 20);
      assert.equal(Math.min(...places) === 0, stays, `${path}: ${places}`);
    }
  });

  it('a handshake of Socket.IO is counted against the limit, what belongs to a session is not', async t => {
    const { port, log } = await front(t, 1);
    for (const path of ['/socket.io/?EIO=4', '/SOCKET.IO?EIO=4&sid=', '/socket.io/in-session?EIO=4&sid=abc', '/last']) await json(port, path);
    await until(async () => (await log()).includes('"path":"/last"'));
    const lines = (await log()).split('\n').filter(line => /"path":"\/socket/i.test(line)).map(line => JSON.parse(line));
    const limits = Object.fromEntries(lines.map(line => [line.path, line.limit]));
    assert.deepEqual(limits, { '/socket.io/': 'PASSED', '/SOCKET.IO': 'PASSED', '/socket.io/in-session': '' });
  });

  it('REST carries no affinity cookie', async t => {
    const { port } = await front(t, 2);
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/conversations`);
    assert.equal(answer.headers.get('set-cookie'), null);
  });

  it('a killed node costs no request, and one that is back is used', async t => {
    const { port, nodes } = await front(t, 2);
    await times(20, () => json(port, '/api/v1/conversations'));
    await nodes[0].kill();
    const method = i => (i % 2 ? 'POST' : 'GET');
    for (const path of ['/api/v1/conversations', '/hubs/chat/negotiate']) {
      const answers = await times(200, i => json(port, path, { method: method(i) }));
      assert.ok(answers.every(answer => answer.node === 'node-2'));
    }
    await nodes[0].start();
    await until(async () => (await json(port, '/api/v1/conversations')).node === 'node-1', 5);
  });

  it('clients whose nodes were all away are let in together when they are back', async t => {
    const { port, nodes } = await front(t, 2);
    await Promise.all(nodes.map(node => node.kill()));
    await times(10, () => enter(port));
    await Promise.all(nodes.map(node => node.start()));
    // Their sockets stay open, as a WebSocket does: no end of a request tells nginx that a node is well again.
    const clients = Array.from({ length: 40 }, () => until(async () => (await enter(port, t)) === 101, 5));
    await Promise.all(clients);
  });

  it('a POST that reached a node is not sent again, a GET is', async t => {
    const { port, nodes } = await front(t, 2);
    const arrivals = method => nodes.flatMap(node => node.requests).filter(request => request.method === method).length;
    const post = await fetch(`http://127.0.0.1:${port}/api/v1/die`, { method: 'POST', body: '{}' });
    assert.equal(post.status, 502);
    assert.equal(arrivals('POST'), 1);
    const before = arrivals('GET');
    await fetch(`http://127.0.0.1:${port}/api/v1/die`);
    assert.ok(arrivals('GET') - before >= 2);
  });

  it('a GET that met no node is asked once more, a POST is not, and both get the usual error', async t => {
    const { port, nodes, log } = await front(t, 2);
    await Promise.all(nodes.map(node => node.kill()));
    for (const method of ['GET', 'POST']) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/contacts`, { method });
      const { error } = await answer.json();
      assert.deepEqual([answer.status, answer.headers.get('retry-after'), error.code, error.type], [502, '1', 502, 'internal_error']);
    }
    await until(async () => (await log()).includes('"method":"POST"'));
    const lines = (await log()).split('\n').filter(line => line.includes('"path":"/api/v1/contacts"')).map(line => JSON.parse(line));
    assert.deepEqual(lines.map(({ method, node }) => [method, node.split(' : ').length]), [['GET', 2], ['POST', 1]]);
  });

  it('one bad request does not take the nodes away from the others', async t => {
    const { port } = await front(t, 2);
    assert.equal((await fetch(`http://127.0.0.1:${port}/api/v1/die`)).status, 502);
    assert.ok((await json(port, '/api/v1/conversations')).node);
  });

  it('without nodes the answer is an error of the usual shape', async t => {
    const { port, nodes } = await front(t, 2);
    await Promise.all(nodes.map(node => node.kill()));
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/conversations`);
    assert.equal(answer.status, 502);
    assert.equal(answer.headers.get('retry-after'), '1');
    const { error, detail } = await answer.json();
    assert.deepEqual({ ...error, trace_id: error.trace_id.length },
      { code: 502, message: detail, type: 'internal_error', trace_id: 32 });
  });

  it('the node judges a webhook of a little more than 4 MB, nginx one of more than 5', async t => {
    const { port } = await front(t, 2);
    const post = (path, bytes) => fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: Buffer.alloc(bytes, 'x') });
    for (const path of ['/api/v1/whatsapp/webhook', '/api/v1/webhooks/meta/', '/API/V1/whatsapp/webhook/']) {
      const answer = await post(path, 4 * 1024 * 1024 + 1);
      assert.equal(answer.status, 200, path);
      assert.equal((await answer.json()).bytes, 4 * 1024 * 1024 + 1);
      await assertError(await post(path, 5 * 1024 * 1024 + 1), 413, 'Request body is too large', 'http_error');
    }
    await assertError(await post('/api/v1/contacts', 2 * 1024 * 1024), 413, 'Request body is too large', 'http_error');
  });

  it('an upload of 100 MB reaches the node as it comes', async t => {
    const { port, nodes } = await front(t, 1);
    const size = 100 * 1024 * 1024, chunk = Buffer.alloc(1024 * 1024);
    const arrived = new Promise(resolve => { nodes[0].onBytes = seen => seen.bytes >= chunk.length / 2 && resolve(); });
    const upload = httpRequest({ port, path: '/api/v1/media', method: 'POST', headers: { 'Content-Length': size } });
    const answered = once(upload, 'response');
    upload.write(chunk);
    await arrived;      // with buffering nothing would, as the rest has not been sent
    for (let sent = chunk.length; sent < size; sent += chunk.length) {
      if (!upload.write(chunk)) await once(upload, 'drain');
    }
    upload.end();
    const [response] = await answered;
    const body = JSON.parse((await response.setEncoding('utf8').toArray()).join(''));
    assert.equal(body.bytes, size);
  });

  it('events of an open answer arrive at once', async t => {
    const { port } = await front(t, 1);
    for (const path of ['/hubs/chat/stream', '/socket.io/stream']) {
      const abort = new AbortController();
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: abort.signal });
      const { value } = await answer.body.getReader().read();
      assert.equal(Buffer.from(value).toString(), 'data: first\n\n');
      abort.abort();
    }
  });

  it('a flood of logins is refused in the usual shape, the rest of the API is not', async t => {
    const { port } = await front(t, 1);
    const answers = await flood(port, '/api/v1/auth/LOGIN/', 2500);
    const refused = answers.filter(answer => answer.status === 429);
    const served = answers.filter(answer => answer.status === 200);
    assert.equal(refused.length + served.length, 2500);
    assert.ok(served.length >= 100 && refused.length > 0, `${served.length} served`);
    assert.equal(refused[0].headers['retry-after'], '1');
    assert.deepEqual(JSON.parse(refused[0].body), { error: { code: 429, message: 'Too many requests',
      type: 'rate_limit_exceeded' }, detail: 'Too many requests' });
    assert.ok((await json(port, '/api/v1/auth/me')).node);
  });

  it('with a certificate, all goes by TLS and browsers are told to remember it', async t => {
    const { port, directory, nodes } = await front(t, 1, true);
    const ca = readFileSync(join(directory, 'fullchain.pem'));
    const ask = async (path, text = '') => {
      const socket = await open(port + 1, `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${text || 'Connection: close\r\n'}\r\n`, { ca });
      return String(text ? (await once(socket, 'data'))[0] : (await socket.toArray()).join(''));
    };

    const redirect = await fetch(`http://127.0.0.1:${port}/inbox?a=1`, { redirect: 'manual', method: 'POST' });
    assert.deepEqual([redirect.status, redirect.headers.get('location')], [308, 'https://127.0.0.1/inbox?a=1']);
    mkdirSync(join(directory, '.well-known/acme-challenge'), { recursive: true });
    writeFileSync(join(directory, '.well-known/acme-challenge/token'), 'proof');
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/.well-known/acme-challenge/token`)).text(), 'proof');
    assert.equal(nodes[0].requests.filter(request => request.url !== '/ready').length, 0);

    for (const path of ['/api/v1/auth/me', '/hubs/chat/negotiate', '/metrics']) {
      assert.match(await ask(path), /\r\nStrict-Transport-Security: max-age=31536000; includeSubDomains\r\n/, path);
    }
    assert.equal(nodes[0].requests.at(-1).headers['x-forwarded-proto'], 'https');
    const [, cookie] = /\r\nSet-Cookie: ([^\r]*)\r\n/i.exec(await ask('/hubs/chat/negotiate'));
    for (const part of [/^__Host-pytake_node=[0-9a-f]{32}; /, /; secure/i, /; httponly/i, /; samesite=lax/i, /; path=\/(;|$)/i]) assert.match(cookie, part);
    assert.doesNotMatch(cookie, /domain/i);
    if (name === 'local') assert.doesNotMatch(await ask('/hubs/chat?id=1', `Cookie: a=b; ${cookie.split(';')[0]}\r\n`), /set-cookie/i);
    assert.match(await ask('/hubs/chat', upgrade('', 'websocket').split('\r\n').slice(2).join('\r\n').trimEnd() + '\r\n'), /^HTTP\/1.1 101 /);
  });

  it('old versions of TLS are refused, and who comes back resumes', async t => {
    const { port, directory } = await front(t, 1, true);
    const ca = readFileSync(join(directory, 'fullchain.pem'));
    const old = { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    await assert.rejects(open(port + 1, '', old), /alert protocol version/);
    for (const ciphers of ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA', 'AES128-GCM-SHA256']) {
      const weak = { ca, maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` };
      await assert.rejects(open(port + 1, '', weak), /handshake failure/, ciphers);
    }
    const first = await open(port + 1, 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', { ca, maxVersion: 'TLSv1.2' });
    const session = first.getSession();
    await first.toArray();
    const second = await open(port + 1, '', { ca, session, maxVersion: 'TLSv1.2' });
    assert.equal(second.isSessionReused(), true);
    second.destroy();
  });

  it('without one, browsers are told nothing about it', async t => {
    const { port } = await front(t, 1);
    for (const path of ['/api/v1/auth/me', '/hubs/chat/negotiate', '/metrics']) {
      assert.equal((await fetch(`http://127.0.0.1:${port}${path}`)).headers.get('strict-transport-security'), null);
    }
  });

  it('what a node has compressed goes through as it is, and nothing else is compressed', async t => {
    const { port } = await front(t, 1);
    const encoding = async path => (await fetch(`http://127.0.0.1:${port}${path}`)).headers.get('content-encoding');
    const answer = await fetch(`http://127.0.0.1:${port}/assets/app.css`, { headers: { 'Accept-Encoding': 'gzip, br' } });
    assert.equal(answer.headers.get('content-encoding'), 'br');
    assert.equal(answer.headers.get('etag'), '"a-tag"');
    assert.match(await answer.text(), /^body \{/);
    assert.equal(await encoding('/inbox'), null);
    assert.equal(await encoding('/api/v1/conversations'), null);
    assert.equal(await encoding('/hubs/chat/negotiate'), null);
  });
}

if (fronts.containers) {
  test('containers: no GET fails while nodes go and their names with them', { timeout: 60_000 }, async t => {
    const { port, nodes, hosts } = await fronts.containers(t, 4);
    const ask = () => fetch(`http://127.0.0.1:${port}/api/v1/conversations`).then(async answer => { await answer.text(); return answer.status; });
    const gone = nodes.slice(1);
    await Promise.all(gone.map(node => node.kill()));
    const release = await Promise.all(gone.map(node => hang(node.host, node.port)));
    t.after(() => Promise.all(release.map(end => end())));
    const end = Date.now() + 8_000;
    setTimeout(() => hosts.splice(1), 1_000);
    const readers = Array.from({ length: 8 }, async () => {
      const statuses = [];
      while (Date.now() < end) statuses.push(await ask());
      return statuses;
    });
    const statuses = (await Promise.all(readers)).flat();
    assert.deepEqual(statuses.filter(status => status !== 200), []);
    assert.ok(statuses.length > 100);
  });
}

test('local: 5,000 clients of one machine that come back at once are let in', { timeout: 60_000 }, async t => {
  const { port } = await fronts.local(t, 2);
  const answers = await flood(port, '/hubs/chat/negotiate?negotiateVersion=1', 5000);
  assert.equal(answers.filter(answer => answer.status === 200).length, 5000);
});

async function json(port, path, options) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, options);
  assert.equal(answer.status, 200, `${path}: ${answer.status}`);
  return answer.json();
}

async function assertError(answer, code, message, type) {
  assert.equal(answer.status, code);
  assert.equal(answer.headers.get('content-type'), 'application/json');
  assert.deepEqual(await answer.json(), { error: { code, message, type }, detail: message });
}

async function times(count, run) {
  const results = [];
  for (let i = 0; i < count; i++) results.push(await run(i));
  return results;
}

/** One attempt at a WebSocket, which stays open until the test is over; gives the status. */
async function enter(port, t) {
  const socket = await open(port, upgrade('/hubs/chat', 'websocket'));
  t?.after(() => socket.destroy());
  const [answer] = await once(socket, 'data');
  return Number(/^HTTP\/1.1 (\d+) /.exec(String(answer))[1]);
}

function upgrade(path, protocol, headers = '') {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n${headers}`
    + 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
}

/** A connection that says no more than this; `ended` resolves when it is closed. */
async function half(t, port, text) {
  const socket = await open(port, text);
  t.after(() => socket.destroy());
  socket.on('error', () => {});             // it may be reset
  socket.resume();
  return { ended: new Promise(resolve => socket.once('close', resolve)) };
}

/** Many POSTs at once over a hundred connections. */
async function flood(port, path, count) {
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  const answers = await Promise.all(Array.from({ length: count }, () => post(agent, port, path)));
  agent.destroy();
  return answers;
}

async function post(agent, port, path) {
  const request = httpRequest({ agent, port, path, method: 'POST' });
  request.end();
  const [response] = await once(request, 'response');
  const body = (await response.setEncoding('utf8').toArray()).join('');
  return { status: response.statusCode, headers: response.headers, body };
}
