// The bounds of a guard on connections, websockets, streams, requests and memory, by network, and its stop.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';

import { expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

import { type RemoteOutcome } from '../../src/remote/outcome.js';
import { gate } from '../support/gate.js';
import { listen } from '../support/listen.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { contextOf, floodUntilStopped, noTokens, startGuard, startHttp, startTcp } from './harness.js';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
const handshake =
  'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n' +
  'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';

/** Opens a connection from an IP of this machine, and collects the answers. */
function dial(port: number, text = '', localAddress = '127.0.0.1') {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  const client = { socket, text: '' };
  socket
    .on('error', () => undefined)
    .on('data', (chunk: Buffer) => (client.text += chunk.toString('latin1')));
  socket.write(text);
  whenFileEnds(() => {
    socket.destroy();
    return Promise.resolve();
  });
  return client;
}

/** Starts a server behind that leaves its requests for the test to answer. */
async function startWaiting() {
  const waiting: { readonly request: IncomingMessage; readonly response: ServerResponse }[] = [];
  const port = await startHttp((request, response) => waiting.push({ request, response }));
  return { port, waiting };
}

/** Starts a server behind that accepts websockets. */
async function startSockets() {
  const sockets: WebSocket[] = [];
  const server = new WebSocketServer({ noServer: true });
  const http = createServer().on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    server.handleUpgrade(request, socket, head, (accepted) => {
      sockets.push(accepted.on('error', () => undefined));
    });
  });
  const url = await listen(http);
  whenFileEnds(() => {
    for (const socket of sockets) socket.terminate();
    return Promise.resolve();
  });
  return { port: Number(new URL(url).port), sockets };
}

/** Opens a websocket, and gives the status instead if it is refused. */
function openSocket(
  url: string,
  headers: Record<string, string> = {},
): Promise<WebSocket | number | undefined> {
  const socket = new WebSocket(url, { headers });
  whenFileEnds(() => {
    socket.terminate();
    return Promise.resolve();
  });
  return new Promise((resolve) => {
    socket.once('open', () => {
      resolve(socket);
    });
    socket
      .on('error', () => undefined)
      .once('unexpected-response', (_request, { statusCode }) => {
        resolve(statusCode);
      });
  });
}

/** Counts the open connections of clients. */
function connectionsOf({ server }: { readonly server: Server }): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((_error, open) => {
      resolve(open);
    });
  });
}

it('GUARD-08 a network MUST NOT hold more connections than its share, and other networks MUST still connect', async () => {
  const { port, waiting } = await startWaiting();
  const guard = await startGuard(port, { limits: { maxConnections: 4, maxConnectionsOfNetwork: 3 } });
  for (let count = 0; count < 3; count += 1) dial(guard.port, get('/'));
  await expect.poll(() => waiting.length).toBe(3);
  const more = dial(guard.port, get('/'));
  await once(more.socket, 'close');
  const other = dial(guard.port, get('/'), '127.0.0.2');
  await expect.poll(() => waiting.length).toBe(4);
  // All connections of the guard are taken.
  await once(dial(guard.port, get('/'), '127.0.0.3').socket, 'close');
  // An idle connection makes room for another client.
  waiting[3]?.response.end();
  await expect.poll(() => other.text).toContain('200 OK');
  dial(guard.port, get('/'), '127.0.0.3');
  await expect.poll(() => waiting.length).toBe(5);
  expect(other.socket.destroyed).toBe(true);
});

it('GUARD-08 a network MUST NOT hold more websockets than its share, behind a trusted proxy as well', async () => {
  const behind = await startSockets();
  const guard = await startGuard(behind.port, {
    trustProxy: 1,
    limits: { maxSockets: 4, maxSocketsOfNetwork: 3 },
  });
  const open = (ip: string) => openSocket(guard.url, { 'x-forwarded-for': `192.0.2.99, ${ip}` });
  // An IPv6 /64 has two thirds of the share of an IPv4.
  const first = await open('2001:db8::1');
  await open('2001:db8::2');
  expect(await open('2001:db8::3')).toBe(503);
  expect(await open('192.0.2.1')).toBeInstanceOf(WebSocket);
  expect(await open('192.0.2.2')).toBeInstanceOf(WebSocket);
  expect(await open('192.0.2.3')).toBe(503);
  if (!(first instanceof WebSocket)) throw new Error('the first was refused');
  first.close();
  await once(first, 'close');
  await expect.poll(() => open('192.0.2.3')).toBeInstanceOf(WebSocket);
});

it('GUARD-08 server-sent events MUST count as websockets, and no longer as requests', async () => {
  const streams: ServerResponse[] = [];
  const port = await startHttp((_request, response) => {
    streams.push(response);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  });
  const limits = { maxInFlight: 1, maxSockets: 3, maxSocketsOfNetwork: 2 };
  const guard = await startGuard(port, { limits });
  const clients = [dial(guard.port, get('/'))];
  await expect.poll(() => clients[0]?.text).toContain('data: 1');
  clients.push(dial(guard.port, get('/')));
  await expect.poll(() => clients[1]?.text).toContain('data: 1');
  expect((await fetch(guard.url)).status).toBe(503);
  clients[0]?.socket.destroy();
  await expect
    .poll(async () => {
      const client = new AbortController();
      const { status } = await fetch(guard.url, { signal: client.signal });
      client.abort();
      return status;
    })
    .toBe(200);
});

it('GUARD-08 a network MUST NOT hold more requests than its share', async () => {
  const { port, waiting } = await startWaiting();
  const guard = await startGuard(port, { limits: { maxInFlight: 3, maxInFlightOfNetwork: 2 } });
  const clients = [dial(guard.port, get('/')), dial(guard.port, get('/'))];
  await expect.poll(() => waiting.length).toBe(2);
  const refused = await fetch(guard.url);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  dial(guard.port, get('/'), '127.0.0.2');
  await expect.poll(() => waiting.length).toBe(3);
  clients[0]?.socket.destroy();
  await once(waiting[0]?.response ?? expect.fail(), 'close');
  dial(guard.port, get('/'));
  await expect.poll(() => waiting.length).toBe(4);
});

it('GUARD-09 requests of one connection MUST reach the server behind one after another', async () => {
  const { port, waiting } = await startWaiting();
  const guard = await startGuard(port);
  const client = dial(guard.port, get('/a') + get('/b') + handshake);
  await expect.poll(() => waiting.length).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(waiting.map(({ request }) => request.url)).toEqual(['/a']);
  waiting[0]?.response.end('first');
  await expect.poll(() => waiting.length).toBe(2);
  expect(client.text).not.toContain('101 Switching');
  waiting[1]?.response.end('second');
  await expect.poll(() => client.text).toMatch(/first[^]*second[^]*101 Switching/);
});

it('GUARD-09 a request without a host, or with two, MUST be refused', async () => {
  const { port, waiting } = await startWaiting();
  const guard = await startGuard(port);
  for (const hosts of ['', 'host: x\r\nhost: y\r\n']) {
    const client = dial(guard.port, `GET / HTTP/1.1\r\n${hosts}\r\n`);
    await expect.poll(() => client.text).toMatch(/^HTTP\/1.1 400 /);
    const socket = dial(guard.port, handshake.replace('host: x\r\n', hosts));
    await expect.poll(() => socket.text).toMatch(/^HTTP\/1.1 400 /);
  }
  expect(waiting).toEqual([]);
});

it.each([
  [
    'an upgrade to a protocol that was not offered',
    'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
  ],
  ['an answer that is not HTTP', 'garbage\r\n\r\n'],
  ['a status that does not exist', 'HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n'],
  ['nothing', ''],
])('GUARD-10 %s from the server behind MUST become 502', async (_what, answer) => {
  const port = await startTcp((socket) => socket.once('data', () => socket.end(answer)));
  const guard = await startGuard(port);
  expect((await fetch(guard.url)).status).toBe(502);
});

it('GUARD-10 an answer before the end of the body MUST reach the client, and the connection MUST close', async () => {
  const port = await startTcp((socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 413 Too large\r\ncontent-length: 8\r\n\r\ntoo long', () =>
        socket.resetAndDestroy(),
      );
    }),
  );
  const guard = await startGuard(port);
  const client = dial(guard.port, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nbegins');
  const more = setInterval(() => client.socket.write('more'), 20);
  await once(client.socket, 'close');
  clearInterval(more);
  expect(client.text).toMatch(/^HTTP\/1.1 413 [^]*too long$/);
});

it('GUARD-10 a client with expect: 100-continue MUST get the answer of the server behind before it sends the body', async () => {
  const port = await startTcp((socket) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      if (text.endsWith('body')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi');
    });
  });
  const guard = await startGuard(port);
  const head = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n';
  const client = dial(guard.port, head);
  await expect.poll(() => client.text).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  client.socket.write('body');
  await expect.poll(() => client.text).toMatch(/200 OK[^]*hi$/);
  const other = await startTcp((socket) => socket.once('data', () => socket.end('HTTP/1.1 401 No\r\n\r\n')));
  const refused = dial((await startGuard(other)).port, head);
  await expect.poll(() => refused.text).toMatch(/^HTTP\/1.1 401 /);
});

it('GUARD-11 clients that do not read their answers MUST be cut until the memory limit holds, and others MUST be served', async () => {
  const port = await startHttp((_request, response) => response.end(Buffer.alloc(6_000_000)));
  const guard = await startGuard(port, { limits: { maxHeldBytes: 500_000 } });
  let accepted = 0;
  guard.server.on('connection', () => (accepted += 1));
  for (let count = 0; count < 40; count += 1) dial(guard.port, get('/')).socket.pause();
  await expect.poll(() => accepted).toBe(40);
  await expect.poll(() => connectionsOf(guard), { timeout: 5_000 }).toBeLessThan(20);
  const fine = await fetch(guard.url);
  expect((await fine.arrayBuffer()).byteLength).toBe(6_000_000);
});

it('GUARD-11 a client that reads nothing of its answer for deliveryMs MUST be cut', async () => {
  const limits = { deliveryMs: 100, checkMs: 20 };
  const port = await startHttp((_request, response) => response.end(Buffer.alloc(6_000_000)));
  const guard = await startGuard(port, { limits });
  const client = dial(guard.port, get('/'));
  client.socket.pause();
  await expect.poll(() => connectionsOf(guard)).toBe(1);
  await expect.poll(() => connectionsOf(guard), { timeout: 5_000 }).toBe(0);
});

it('GUARD-11 the client with the oldest unfinished message MUST be cut when the memory limit is reached', async () => {
  const behind = await startSockets();
  const guard = await startGuard(behind.port, { limits: { maxHeldBytes: 1_000_000 } });
  const begun = Buffer.alloc(400_014);
  // A masked message of 500,000 bytes.
  begun.set([0x82, 0xff, 0, 0, 0, 0, 0, 0x07, 0xa1, 0x20]);
  const clients: ReturnType<typeof dial>[] = [];
  for (let count = 0; count < 3; count += 1) {
    const client = dial(guard.port, handshake);
    clients.push(client);
    await expect.poll(() => client.text).toContain('101');
    client.socket.write(begun);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await expect.poll(() => clients[0]?.socket.destroyed).toBe(true);
  expect(clients.map(({ socket }) => socket.destroyed)).toEqual([true, false, false]);
  clients[1]?.socket.write(Buffer.alloc(100_000));
  const [, second] = behind.sockets;
  const [data] = (await once(second ?? expect.fail(), 'message')) as [Buffer];
  expect(data).toHaveLength(500_000);
});

it('GUARD-11 pings MUST wait at a client that does not read the pongs', async () => {
  const behind = await startSockets();
  const guard = await startGuard(behind.port);
  const socket = await openSocket(guard.url);
  if (!(socket instanceof WebSocket)) throw new Error('refused');
  await expect.poll(() => behind.sockets.length).toBe(1);
  let pongs = 0;
  socket.on('pong', () => (pongs += 1));
  socket.ping('there?');
  await expect.poll(() => pongs).toBe(1);
  socket.pause();
  const { rest } = await floodUntilStopped((bytes, written) => {
    socket.ping(bytes, undefined, written);
  });
  socket.terminate();
  await rest;
});

it('GUARD-12 a guard that stops MUST answer pending requests, end its streams and start no new stream', async () => {
  const { port, waiting } = await startWaiting();
  const guard = await startGuard(port);
  const stream = dial(guard.port, get('/'));
  await expect.poll(() => waiting.length).toBe(1);
  waiting[0]?.response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  await expect.poll(() => stream.text).toContain('data: 1');
  const client = dial(guard.port, get('/'));
  const late = dial(guard.port, get('/'));
  await expect.poll(() => waiting.length).toBe(3);
  const stopped = guard.stop();
  await once(stream.socket, 'close');
  waiting[1]?.response.end('answered');
  waiting[2]?.response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  await expect.poll(() => client.text).toContain('answered');
  await expect.poll(() => late.text).toMatch(/^HTTP\/1.1 503 /);
  await stopped;
});

it('GUARD-12 a guard that stops MUST NOT wait for idle clients, nor for a server behind that does not answer', async () => {
  const { port, waiting } = await startWaiting();
  const guard = await startGuard(port);
  const clients = [
    dial(guard.port, get('/')),
    dial(guard.port, 'GET / HT'),
    dial(guard.port, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf'),
    dial(guard.port, handshake.slice(0, -2)),
    dial(guard.port),
  ];
  await expect.poll(() => waiting.length).toBe(2);
  await guard.stop(500);
  await expect.poll(() => clients.every(({ socket }) => socket.destroyed)).toBe(true);
});

it('GUARD-12 a stream whose session is still looked up when the guard stops MUST be refused', async () => {
  const [asked, answered] = [gate(), gate()];
  const { port, waiting } = await startWaiting();
  const active = { kind: 'active', session: {}, user: {} } as unknown as RemoteOutcome;
  const hufu = {
    ...noTokens,
    async context() {
      asked.open();
      await answered.opened;
      return contextOf(active);
    },
    watch: () => expect.fail(),
  };
  const guard = await startGuard(port, { hufu });
  const client = dial(guard.port, get('/'));
  await expect.poll(() => waiting.length).toBe(1);
  waiting[0]?.response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  await asked.opened;
  const stopped = guard.stop();
  await new Promise((resolve) => setTimeout(resolve, 100));
  answered.open();
  await expect.poll(() => client.text).toMatch(/^HTTP\/1.1 503 /);
  await stopped;
});
