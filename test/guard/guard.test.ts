// `npx hufu guard` in front of a server that checks a token only at the start of a stream: the guard ends the stream with its
// session.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';

import { type GuardOptions } from '../../src/guard/forward.js';
import { createGuard } from '../../src/guard/guard.js';
import { createLog } from '../../src/observability/log.js';
import { createRemoteHufu, type RemoteHufu } from '../../src/remote/index.js';
import { type HostSocketContext } from '../../src/remote/sockets.js';
import { gate } from '../support/gate.js';
import { gql } from '../support/gql.js';
import { listen } from '../support/listen.js';
import { login, logoutOperation, register } from '../support/operations.js';
import { serviceKey } from '../support/serviceKey.js';
import { connect, openSocket } from '../support/socket.js';
import { type RunningNode, startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { floodUntilStopped } from './harness.js';

let node: RunningNode;
let url: string;
let hufu: RemoteHufu;
let key: string;
/** The URL of the server behind. */
let behindUrl: string;
/** The messages that the server behind has received, and its websockets. */
const heard: string[] = [];
const joined: { readonly socket: WebSocket; readonly headers: IncomingHttpHeaders }[] = [];
const streams: ServerResponse[] = [];
const seen: {
  readonly path: string;
  readonly forwarded: unknown;
  readonly host: unknown;
  readonly port: unknown;
}[] = [];

/** Sends exactly this text over a connection, and collects the answer. */
function rawConnection(text: string) {
  const socket = connectTcp(Number(new URL(url).port), '127.0.0.1');
  const answer = { socket, text: '' };
  socket.setEncoding('utf8').on('data', (chunk) => (answer.text += String(chunk)));
  socket.write(text);
  whenFileEnds(() => {
    socket.destroy();
    return Promise.resolve();
  });
  return answer;
}

/** Makes a frame of a client with a short text, masked with zeros. */
const frameOf = (text: string) =>
  Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);

const guardOf = (remote: GuardOptions['hufu'], behind = behindUrl) =>
  createGuard({ hufu: remote, upstream: new URL(behind), log: createLog('silent', false) });

beforeAll(async () => {
  node = await startNode({ env: { INTEGRATIONS: 'introspect,feed' } });
  key = await serviceKey(node, 'guard', ['introspect', 'explain', 'feed']);
  hufu = createRemoteHufu({ url: node.url, serviceKey: key, log: { warn: () => undefined } });
  const behind = createServer((request, response) => {
    const { headers, socket } = request;
    const { 'x-forwarded-for': forwarded, host } = headers;
    seen.push({ path: request.url ?? '', forwarded, host, port: socket.remotePort });
    if (request.url === '/base/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      streams.push(response);
    } else if (request.url === '/base/dies') {
      response.writeHead(200, { 'content-length': 100 }).write('half');
      setImmediate(() => response.destroy());
    } else request.pipe(response.writeHead(201, { 'content-type': 'text/plain' }));
  });
  const sockets = new WebSocketServer({ server: behind });
  sockets.on('connection', (socket, request) => {
    joined.push({ socket, headers: request.headers });
    // Such a server checks the token in the header and speaks first.
    if (request.url === '/base/greets') socket.send('hello');
    socket.on('message', (data) => {
      const text = (data as Buffer).toString();
      heard.push(text);
      if (text.includes('connection_init')) socket.send('{"type":"connection_ack"}');
    });
  });
  behindUrl = `${await listen(behind)}/base`;
  url = await listen(guardOf(hufu).server);
  whenFileEnds(() => {
    hufu.stop();
    return Promise.resolve();
  });
});

describe('GUARD-01 requests', () => {
  it('MUST reach the server behind unchanged, with the IP of the client', async () => {
    const body = 'x'.repeat(200_000);
    const response = await fetch(`${url}/graphql?a=b`, { method: 'POST', body });
    expect([response.status, await response.text()]).toEqual([201, body]);
    const { path, forwarded, host } = seen.at(-1) ?? {};
    expect([path, forwarded]).toEqual(['/base/graphql?a=b', '127.0.0.1']);
    expect(host).not.toBe(new URL(url).host);
    const elsewhere = await fetch(url, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(elsewhere.status).toBe(201);
    expect(seen.at(-1)?.forwarded).toBe('192.0.2.1, 127.0.0.1');
  });

  it('MUST stay one request each, below the path of --upstream, whatever their body and path', async () => {
    const hidden = 'GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n';
    seen.length = 0;
    const socket = connectTcp(Number(new URL(url).port), '127.0.0.1');
    const answers = socket.setEncoding('utf8').toArray();
    socket.write('GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    socket.write(`${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`);
    socket.write('GET /../b/%2e%2e/..//c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect((await answers).join('')).toContain(hidden);
    expect(seen.map(({ path }) => path)).toEqual(['/base/a', '/base//c']);
  });

  it('MUST be refused with both a length and chunks, and answered without the upgrade that they offer', async () => {
    seen.length = 0;
    const two = rawConnection(
      'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    );
    await expect.poll(() => two.text).toMatch(/^HTTP\/1.1 400 /);
    expect(seen).toEqual([]);
    const offer = rawConnection(
      'POST /b HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nhi',
    );
    await expect.poll(() => offer.text).toMatch(/^HTTP\/1.1 201 [^]*\bhi\b/);
    expect(seen.map(({ path }) => path)).toEqual(['/base/b']);
  });

  it('MUST NOT be sent over a connection that the server behind is about to close', async () => {
    const portOf = async () => {
      await (await fetch(url)).text();
      return seen.at(-1)?.port;
    };
    const [first, second] = [await portOf(), await portOf()];
    expect(second).toBe(first);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await portOf()).not.toBe(first);
  });

  it('MUST be cut when the server behind dies in the middle of an answer', async () => {
    const response = await fetch(`${url}/dies`);
    await expect(response.text()).rejects.toThrow();
    expect((await fetch(url)).status).toBe(201);
  });

  it('MUST be answered with 502 when the server behind cannot be reached', async () => {
    const hufu = createRemoteHufu({ url: node.url, serviceKey: 'unused' });
    const lost = await listen(guardOf(hufu, 'http://127.0.0.1:9').server);
    expect((await fetch(lost)).status).toBe(502);
    hufu.stop();
  });
});

it('GUARD-02 server-sent events MUST end with their session, and be refused once it has ended', async () => {
  const { token } = await register(node.url);
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/stream`, { headers });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe('data: 1\n\n');
  await gql(node.url, { query: logoutOperation, token });
  await expect(reader?.read()).rejects.toThrow();
  expect((await fetch(`${url}/stream`, { headers })).status).toBe(401);
  const open = await fetch(`${url}/stream`);
  expect(open.status).toBe(200);
  await open.body?.cancel();
});

it.each(['client', 'server behind'])(
  'GUARD-02 a stream whose %s disconnects while its session is looked up MUST leave no watch',
  async (leaving) => {
    const asked = gate();
    const answer = gate();
    const { token } = await register(node.url);
    let watches = 0;
    const slow = {
      ...hufu,
      async context(request: Parameters<RemoteHufu['context']>[0]) {
        const context = await hufu.context(request);
        asked.open();
        await answer.opened;
        return context;
      },
      watch(...parameters: Parameters<RemoteHufu['watch']>) {
        watches += 1;
        return hufu.watch(...parameters);
      },
    };
    const guard = guardOf(slow).server;
    const closed = new Promise((resolve) =>
      guard.on('request', (_, response) => response.once('close', resolve)),
    );
    const client = new AbortController();
    const headers = { authorization: `Bearer ${token}` };
    const response = fetch(`${await listen(guard)}/stream`, { headers, signal: client.signal });
    await asked.opened;
    if (leaving === 'client') {
      client.abort();
      await expect(response).rejects.toThrow();
    } else {
      streams.at(-1)?.destroy();
      expect((await response).status).toBe(502);
    }
    await closed;
    answer.open();
    await new Promise(setImmediate);
    expect(watches).toBe(0);
  },
);

it('GUARD-02 a websocket that closes between the look-ups of its two tokens MUST leave no watch', async () => {
  const looked = gate();
  const goOn = gate();
  const { token } = await register(node.url);
  const watched = new Set<HostSocketContext>();
  const slow = {
    ...hufu,
    ws: {
      ...hufu.ws,
      async onConnect(context: HostSocketContext) {
        watched.add(context);
        const isLive = await hufu.ws.onConnect(context);
        if (isLive && context.connectionParams?.['headers'] !== undefined) {
          looked.open();
          await goOn.opened;
        }
        return isLive;
      },
      onClose(context: HostSocketContext) {
        watched.delete(context);
        hufu.ws.onClose(context);
      },
    },
  };
  joined.length = 0;
  const socket = await openSocket(await listen(guardOf(slow).server));
  const authorization = `Bearer ${token}`;
  socket.raw.send(
    JSON.stringify({ type: 'connection_init', payload: { authorization, headers: { authorization } } }),
  );
  await looked.opened;
  joined[0]?.socket.terminate();
  await socket.closed();
  await expect.poll(() => watched.size).toBe(0);
  goOn.open();
  await new Promise(setImmediate);
  expect(watched.size).toBe(0);
});

it('GUARD-02 a websocket MUST close at its second connection_init, without a look-up for it', async () => {
  let lookUps = 0;
  const counting = {
    ...hufu,
    ws: {
      ...hufu.ws,
      onConnect(context: HostSocketContext) {
        lookUps += 1;
        return hufu.ws.onConnect(context);
      },
    },
  };
  const { token } = await register(node.url);
  const guarded = await listen(guardOf(counting).server);
  heard.length = 0;
  const socket = await connect(guarded, token);
  for (let count = 0; count < 100; count += 1) socket.send({ type: 'connection_init', payload: {} });
  expect(await socket.closed()).toEqual({ code: 4429, reason: 'Too many initialisation requests' });
  // One for the header of the request, and one for the first message.
  expect(lookUps).toBe(2);
  expect(heard).toHaveLength(1);
});

it('GUARD-03 a websocket MUST close with 4403 and the reason when the session of its first message ends', async () => {
  const { token, user } = await register(node.url);
  const socket = await connect(url, token);
  socket.send({ type: 'subscribe', id: '1' });
  await expect.poll(() => heard.at(-1)).toBe('{"type":"subscribe","id":"1"}');
  await login(node.url, user.email);
  expect(await socket.closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });

  heard.length = 0;
  expect(await (await connect(url, token)).closed()).toEqual({ code: 4403, reason: 'SUPERSEDED' });
  expect(heard).toEqual([]);
  const stranger = await connect(url);
  expect(stranger.messages).toEqual([{ type: 'connection_ack' }]);
});

it('GUARD-03 a token in a binary message, under another spelling, or in the header MUST be verified before either side gets a message', async () => {
  const { token } = await register(node.url);
  await gql(node.url, { query: logoutOperation, token });
  const authorization = `Bearer ${token}`;
  heard.length = 0;
  const init = (payload: object) => Buffer.from(JSON.stringify({ type: 'connection_init', payload }));
  const binary = await openSocket(url);
  binary.raw.send(init({ authorization }));
  expect(await binary.closed()).toEqual({ code: 4403, reason: 'LOGGED_OUT' });
  const nested = await openSocket(url);
  nested.raw.send(init({ headers: { Authorization: authorization } }).toString());
  expect((await nested.closed()).code).toBe(4403);
  const both = await openSocket(url);
  both.raw.send(init({ authorization: '', Authorization: authorization }).toString());
  expect((await both.closed()).code).toBe(4403);
  expect(heard).toEqual([]);

  const greeted = new WebSocket(`${url}/greets`, { headers: { authorization } });
  const received: unknown[] = [];
  greeted.on('message', (data) => received.push(data));
  expect(await once(greeted, 'close')).toEqual([4403, Buffer.from('LOGGED_OUT')]);
  expect(received).toEqual([]);
});

it('GUARD-03 a handshake with a body MUST be refused, as it would be read as frames', async () => {
  const { token } = await register(node.url);
  const refused = rawConnection(
    'GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 9\r\n' +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  joined.length = 0;
  refused.socket.write(frameOf('abc'));
  await expect.poll(() => refused.text).toMatch(/^HTTP\/1\.1 400 [^]*handshake/);
  expect(joined).toEqual([]);
});

describe('GUARD-03 a connection_init that JSON readers understand differently', () => {
  const payload = (token: string) => `{"authorization":"Bearer ${token}"}`;

  it.each<[string, (token: string) => string]>([
    [
      'keys in capitals, as Go reads them',
      (token) => `{"Type":"connection_init","PAYLOAD":${payload(token)}}`,
    ],
    ['headers in capitals', (token) => `{"type":"connection_init","payload":{"Headers":${payload(token)}}}`],
    ['a byte order mark', (token) => `\u{feff}{"type":"connection_init","payload":${payload(token)}}`],
  ])('MUST be verified: %s', async (_name, textOf) => {
    const { token } = await register(node.url);
    await gql(node.url, { query: logoutOperation, token });
    heard.length = 0;
    const socket = await openSocket(url);
    socket.raw.send(textOf(token));
    expect(await socket.closed()).toEqual({ code: 4403, reason: 'LOGGED_OUT' });
    expect(heard).toEqual([]);
  });

  it.each<[string, (token: string) => string]>([
    ['two types', (token) => `{"type":"connection_init","type":"x","payload":${payload(token)}}`],
    [
      'two types, escaped',
      (token) => `{"type":"connection\\u005finit","t\\u0079pe":"x","payload":${payload(token)}}`,
    ],
    [
      'two spellings of the type',
      (token) => `{"Type":"x","type":"connection_init","payload":${payload(token)}}`,
    ],
    ['two payloads', (token) => `{"type":"connection_init","payload":${payload(token)},"payload":{}}`],
    [
      'two tokens',
      (token) =>
        `{"type":"connection_init","payload":{"authorization":"Bearer ${token}","authorization":""}}`,
    ],
  ])('MUST be refused with a key that it has twice: %s', async (_name, textOf) => {
    const { token } = await register(node.url);
    heard.length = 0;
    const socket = await openSocket(url);
    socket.raw.send(textOf(token));
    expect(await socket.closed()).toEqual({ code: 4400, reason: 'A key is in the message twice' });
    expect(heard).toEqual([]);
  });

  it('MUST NOT keep other messages back that name it', async () => {
    const socket = await connect(url);
    heard.length = 0;
    const text =
      '{"type":"subscribe","id":"\\u0031","payload":{"query":"connection_init \\" }","list":[{"a":1},{"a":"b: \\\\"}]}}';
    socket.raw.send(text);
    await expect.poll(() => heard).toEqual([text]);
  });
});

it('GUARD-03 a client that ignores the close MUST NOT reach the server behind any more', async () => {
  const { token } = await register(node.url);
  const { socket } = rawConnection(
    'GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  heard.length = 0;
  joined.length = 0;
  socket.write(frameOf('before'));
  await expect.poll(() => heard).toEqual(['before']);
  const isLeft = new Promise((resolve) => joined[0]?.socket.once('close', resolve));
  await gql(node.url, { query: logoutOperation, token });
  await isLeft;
  socket.write(frameOf('after'));
  const another = await connect(url);
  another.send({ type: 'ping' });
  await expect.poll(() => heard).toContain('{"type":"ping"}');
  expect(heard).not.toContain('after');
});

it('GUARD-05 a websocket MUST have no compression, and pass the pings of each end on to the other', async () => {
  joined.length = 0;
  const { raw } = await openSocket(url);
  await expect.poll(() => joined.length).toBe(1);
  expect(raw.extensions).toBe('');
  expect(joined[0]?.headers['sec-websocket-extensions']).toBeUndefined();
  const behind = joined[0]?.socket;
  if (behind === undefined) throw new Error('unreachable');
  raw.pause();
  let pongs = 0;
  behind.on('pong', () => (pongs += 1));
  behind.ping('there?');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(pongs).toBe(0);
  raw.resume();
  await expect.poll(() => pongs).toBe(1);
});

it('GUARD-05 a websocket MUST reach the server behind although the URL of --upstream has a fragment', async () => {
  joined.length = 0;
  await openSocket(await listen(guardOf(hufu, `${behindUrl}#there`).server));
  await expect.poll(() => joined.length).toBe(1);
});

it('GUARD-05 a websocket whose look-up throws MUST close with 1011, and the guard MUST go on', async () => {
  const fails = { ...hufu, ws: { ...hufu.ws, onConnect: () => Promise.reject(new Error('a bug')) } };
  const { raw } = await openSocket(await listen(guardOf(fails).server));
  const [code] = (await once(raw, 'close')) as [number];
  expect(code).toBe(1011);
});

it('GUARD-05 a websocket MUST end when the guard stops', async () => {
  const guard = guardOf(hufu);
  const socket = await connect(await listen(guard.server));
  const isClosed = once(guard.server, 'close');
  void guard.stop();
  expect(await socket.closed()).toEqual({ code: 1001, reason: 'the guard stops' });
  await isClosed;
});

it('GUARD-04 messages MUST wait at the server behind while the client does not read, and arrive when it reads', async () => {
  joined.length = 0;
  const { raw } = await openSocket(url);
  await expect.poll(() => joined.length).toBe(1);
  const behind = joined[0]?.socket;
  raw.removeAllListeners('message');
  let bytes = 0;
  raw.on('message', (data) => (bytes += (data as Buffer).length));
  raw.pause();
  for (let count = 0; count < 64; count += 1) behind?.send(Buffer.alloc(1_000_000));
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(behind?.bufferedAmount).toBeGreaterThan(32_000_000);
  raw.resume();
  await expect.poll(() => bytes, { timeout: 10_000 }).toBe(64_000_000);
});

it('GUARD-04 unsolicited pongs MUST wait at the client while the server behind does not read', async () => {
  joined.length = 0;
  const { raw } = await openSocket(url);
  await expect.poll(() => joined.length).toBe(1);
  joined[0]?.socket.pause();
  const { rest } = await floodUntilStopped((bytes, written) => {
    raw.pong(bytes, undefined, written);
  });
  raw.terminate();
  await rest;
});

it('GUARD-04 messages MUST wait at the client while its session is looked up, and then arrive in order', async () => {
  const answer = gate();
  const slow = {
    ...hufu,
    ws: {
      ...hufu.ws,
      async onConnect(...parameters: Parameters<RemoteHufu['ws']['onConnect']>) {
        await answer.opened;
        return hufu.ws.onConnect(...parameters);
      },
    },
  };
  const { raw } = await openSocket(await listen(guardOf(slow).server));
  heard.length = 0;
  const texts = Array.from({ length: 64 }, (_, index) => String(index).padEnd(1_000_000, '.'));
  for (const text of texts) raw.send(text);
  // Within this time all messages would arrive if nothing held them back.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(raw.bufferedAmount).toBeGreaterThan(32_000_000);
  answer.open();
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(64);
  expect(heard.every((text, index) => text === texts[index])).toBe(true);
});

describe('GUARD-06 hufu guard', () => {
  const start = (env: NodeJS.ProcessEnv, port = '0') => {
    const args = [resolve('dist/cli/hufu.js'), 'guard', '--upstream', behindUrl, '--port', port];
    const child = spawn(process.execPath, args, { cwd: tmpdir(), env });
    const ran = { child, output: '', code: once(child, 'exit').then(([code]) => code as unknown) };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (ran.output += chunk.toString()));
    whenFileEnds(() => {
      child.kill('SIGKILL');
      return Promise.resolve();
    });
    return ran;
  };

  it.each([
    [['--upstrem', 'http://10.0.0.7'], 'There is no flag --upstrem.'],
    [['--upstream=http://10.0.0.7/hunter2'], 'There is no flag --upstream.'],
    [['--upstream', '10.0.0.7:8080'], '--upstream must be a URL such as http://10.0.0.7:8080.'],
    [[], '--upstream must be a URL such as http://10.0.0.7:8080.'],
    [['--upstream', 'http://10.0.0.7', '--port', '70000'], '--port must be a whole number from 0 to 65535.'],
    [['--upstream', 'http://10.0.0.7', '--port'], '--port needs a value.'],
    [['--upstream', 'http://10.0.0.7', '--port', '0x10'], '--port must be a whole number from 0 to 65535.'],
    [['--upstream', 'http://10.0.0.7', '--host', '--port'], '--host needs a value.'],
  ])('MUST refuse wrong flags by name: %j', async (args, message) => {
    const child = spawn(process.execPath, [resolve('dist/cli/hufu.js'), 'guard', ...args], { cwd: tmpdir() });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(output).toMatch(/^Usage: npx hufu guard /);
    expect(output.endsWith(`\n\n${message}\n`)).toBe(true);
    expect(output).not.toContain('hunter2');
  });

  it('MUST exit with 1 and name the setting to correct', async () => {
    const set = { HUFU_URL: node.url, HUFU_KEY: key };
    const taken = new URL(url).port;
    const runs = [
      start({}),
      start({ ...set, HUFU_KEY: 'another' }),
      start(set, taken),
      start({ ...set, TRUST_PROXY: 'all' }),
    ];
    expect(await Promise.all(runs.map(({ code }) => code))).toEqual([1, 1, 1, 1]);
    const [first, second, third, fourth] = runs.map(({ output }) => output);
    expect(fourth).toMatch(/^TRUST_PROXY: it must be the number of proxies /);
    expect(first).toMatch(/^HUFU_URL: .* such as https:/);
    expect(second).toMatch(/^HUFU_KEY: .* npm run admin -- service create /);
    expect(third).toMatch(new RegExp(`^--port: .* ${taken} .* another --port`));
  });

  it('MUST close every websocket at SIGTERM, and exit with 0', async () => {
    const ran = start({ HUFU_URL: node.url, HUFU_KEY: key });
    await expect.poll(() => ran.output, { timeout: 10_000 }).toMatch(/^The guard listens at /);
    const { token } = await register(node.url);
    const socket = await connect(/http:\S+\d/.exec(ran.output)?.[0] ?? '', token);
    ran.child.kill('SIGTERM');
    expect((await socket.closed()).code).toBe(1001);
    expect(await ran.code).toBe(0);
  });
});
