// Bounds on memory and connections: clients that send requests without reading, and networks that hold many connections.

import { once } from 'node:events';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';

import { whenFileEnds } from '../support/whenFileEnds.js';
import {
  dial,
  fine,
  heldExecutor,
  json,
  last,
  post,
  requestText,
  serve,
  smallestRequests,
  statusFrom,
} from './harness.js';

const large = { ...fine, body: 'x'.repeat(20_000_000) };
const operation = requestText('POST /graphql', [json], '{}');
const handshake = requestText('GET /graphql', [
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
  'sec-websocket-protocol: graphql-transport-ws',
]);

/** Connects from an IP of the loopback interface; resolves also when the server closes the connection at once. */
async function dialFrom(port: number, localAddress: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined).resume();
  whenFileEnds(() => {
    socket.destroy();
    return Promise.resolve();
  });
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return socket;
}

test('DELIVERY-01 the server MUST answer 64 waiting requests of a connection, and no more', async () => {
  const { handle, release } = heldExecutor();
  const { port, handled } = await serve({ handle });
  const client = await dial(port);
  client.send(operation.repeat(65));
  await expect.poll(() => handled.length).toBe(64);
  await wait(50);
  expect(handled).toHaveLength(64);
  release();
  expect((await client.ended()).match(/HTTP\/1\.1 200 /g)).toHaveLength(64);
});

test('DELIVERY-19 the server MUST NOT read a connection with 16 waiting requests until fewer wait', async () => {
  const { handle, release } = heldExecutor();
  const { port, handled } = await serve({ handle });
  const client = await dial(port);
  client.send(operation.repeat(16));
  await expect.poll(() => handled.length).toBe(16);
  client.send(operation.repeat(30) + requestText('GET /healthz', [last]));
  await wait(100);
  expect(handled).toHaveLength(16);
  release();
  expect((await client.ended()).match(/HTTP\/1\.1 200 /g)).toHaveLength(47);
});

test('DELIVERY-02 the server MUST answer the first 64 of 90 pipelined requests, and drop the others', async () => {
  const { handle, release } = heldExecutor();
  const { port, handled } = await serve({ handle });
  const client = await dial(port);
  client.send(operation.repeat(90));
  await expect.poll(() => handled.length).toBe(64);
  release();
  expect((await client.ended()).match(/HTTP\/1\.1 200 /g)).toHaveLength(64);
  expect(handled).toHaveLength(64);
});

test('DELIVERY-03 the server MUST cut a connection with 400 pipelined requests at once', async () => {
  const { port, handled } = await serve({ handle: heldExecutor().handle });
  const client = await dial(port);
  client.send(operation.repeat(400));
  expect(await client.ended()).toBe('');
  expect(handled.length).toBeLessThanOrEqual(64);
});

test('DELIVERY-04 an operation MUST count as in flight until its response is sent or its connection ends', async () => {
  const answers = [large, fine, fine];
  const { port, url, lines } = await serve({
    handle: () => answers.shift() ?? fine,
    limits: { maxInFlight: 1 },
  });
  const client = await dial(port);
  client.socket.pause();
  client.send(operation);
  await expect.poll(() => lines.length).toBe(1);

  expect((await post(url, '{}')).status).toBe(503);
  client.socket.destroy();
  await expect.poll(async () => (await post(url, '{}')).status).toBe(200);
});

test('DELIVERY-05 an operation whose connection has ended MUST count as in flight until it is executed', async () => {
  const { handle, release } = heldExecutor();
  const { port, url, handled } = await serve({ handle, limits: { maxInFlight: 1 } });
  const client = await dial(port);
  client.send(operation);
  await expect.poll(() => handled.length).toBe(1);
  client.socket.resetAndDestroy();
  await wait(50);

  expect((await post(url, '{}')).status).toBe(503);
  release();
  await expect.poll(async () => (await post(url, '{}')).status).toBe(200);
});

test('DELIVERY-06 the server MUST cut a client that does not read its response in time, even while it sends requests', async () => {
  const { port, lines } = await serve({ handle: () => large, limits: { deliveryMs: 300, checkMs: 50 } });
  const client = await dial(port);
  client.socket.pause();
  client.send(operation);
  const drip = setInterval(() => {
    client.send(requestText('GET /healthz'));
  }, 50);
  await expect.poll(() => lines.length).toBeGreaterThan(0);
  await wait(800);
  clearInterval(drip);

  client.socket.resume();
  expect((await client.ended()).length).toBeLessThan(20_000_000);
});

test('DELIVERY-07 when unread responses fill the memory bound, the server MUST cut the connection that has been unread longest', async () => {
  const { port, url, lines } = await serve({
    handle: ({ body }) => (JSON.stringify(body) === '{"a":1}' ? fine : large),
    limits: { maxHeldBytes: 50_000_000 },
  });
  const clients = await Promise.all([1, 2, 3].map(() => dial(port)));
  for (const [at, client] of clients.entries()) {
    client.socket.pause();
    client.send(operation);
    await expect.poll(() => lines.length).toBe(at + 1);
  }
  expect((await post(url, '{"a":1}')).status).toBe(200);
  const lengths = [];
  for (const client of clients) {
    client.socket.resume();
    client.send(requestText('GET /healthz', [last]));
    lengths.push((await client.ended()).length > 20_000_000);
  }
  expect(lengths).toEqual([false, true, true]);
});

test('DELIVERY-08 when unfinished bodies fill the memory bound, the server MUST cut the oldest', async () => {
  const { port } = await serve({ limits: { maxHeldBytes: 150_000 } });
  const clients = await Promise.all([1, 2].map(() => dial(port)));
  const half = requestText('POST /graphql', [json, 'content-length: 100000']) + ' '.repeat(90_000);
  clients[0]?.send(half);
  await wait(100);
  clients[1]?.send(half);
  expect(await clients[0]?.ended()).toBe('');
  clients[1]?.send(`${' '.repeat(9_998)}{}`);
  await clients[1]?.has(/ 200 OK/);
});

/** A subscription server that sends 16 MB on the message `large`, echoes others, and counts closed websockets. */
function largeMessages() {
  const text = 'x'.repeat(16_000_000);
  let closed = 0;
  return {
    closed: () => closed,
    subscriptions: {
      opened: (transport: { send(text: string): Promise<void> }) => ({
        isSignedIn: () => true,
        message: (asked: string) => transport.send(asked === 'large' ? text : asked),
        closed: () => {
          closed += 1;
          return Promise.resolve();
        },
      }),
    },
    async open(url: string) {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      socket.on('error', () => undefined);
      await once(socket, 'open');
      return socket;
    },
    /** Resolves to the length of the next message, or to the code with which the websocket closed instead. */
    outcome: (socket: WebSocket) =>
      new Promise<number>((resolve) => {
        socket.once('close', resolve).once('message', (data: Buffer) => {
          resolve(data.length);
        });
      }),
  };
}

test('DELIVERY-09 when unread messages fill the memory bound, the server MUST cut the websocket that has been unread longest', async () => {
  const { subscriptions, open, outcome, closed } = largeMessages();
  const { url } = await serve({ subscriptions, limits: { maxHeldBytes: 40_000_000 } });
  const sockets = await Promise.all([open(url), open(url), open(url)]);
  for (const socket of sockets) {
    socket.pause();
    socket.send('large');
    await wait(100);
  }
  await expect.poll(closed).toBe(1);
  const other = await open(url);
  other.send('small');
  expect(await outcome(other)).toBe(5);

  const outcomes = sockets.map(outcome);
  for (const socket of sockets) socket.resume();
  expect(await Promise.all(outcomes)).toEqual([1006, 16_000_000, 16_000_000]);
  for (const socket of [...sockets, other]) socket.terminate();
});

test('DELIVERY-20 the server MUST cut a websocket that does not read in time, and no other', async () => {
  const { subscriptions, open, outcome, closed } = largeMessages();
  const { url } = await serve({ subscriptions, limits: { deliveryMs: 300, checkMs: 50 } });
  const [silent, other] = await Promise.all([open(url), open(url)]);
  silent.pause();
  silent.send('large');
  await expect.poll(closed, { timeout: 5_000 }).toBe(1);

  other.send('large');
  expect(await outcome(other)).toBe(16_000_000);
  silent.resume();
  expect(await outcome(silent)).toBe(1006);
  other.terminate();
});

test('DELIVERY-10 an IP MUST NOT hold more than its share of the connections, except a trusted proxy', async () => {
  const limits = { maxConnections: 8, maxConnectionsOfNetwork: 6 };
  const { port } = await serve({ limits });
  const held = await Promise.all(Array.from({ length: 6 }, () => dialFrom(port, '127.0.0.1')));
  expect(await statusFrom(port, '127.0.0.1')).toBeUndefined();
  expect(await statusFrom(port, '127.0.0.2')).toBe(200);
  held[0]?.destroy();
  await expect.poll(() => statusFrom(port, '127.0.0.1')).toBe(200);

  // All connections come from the proxy where one is trusted.
  const behind = await serve({ limits, trustProxy: 1 });
  await Promise.all(Array.from({ length: 7 }, () => dialFrom(behind.port, '127.0.0.1')));
  expect(await statusFrom(behind.port, '127.0.0.1')).toBe(200);
});

/** Opens a connection, sends one request, and leaves the connection idle. */
async function idleFrom(port: number, localAddress: string): Promise<Socket> {
  const socket = await dialFrom(port, localAddress);
  socket.write(requestText('GET /healthz'));
  await once(socket, 'data');
  return socket;
}

/** Waits until the server has ended some of the connections, and returns their indexes. */
async function endedOf(sockets: readonly Socket[]): Promise<number[]> {
  await expect.poll(() => sockets.some(({ closed }) => closed)).toBe(true);
  return sockets.flatMap((socket, at) => (socket.closed ? [at] : []));
}

test('DELIVERY-14 a new connection of a network at its limit MUST replace the longest idle one of that network', async () => {
  const { port } = await serve({ limits: { maxConnections: 8, maxConnectionsOfNetwork: 4 } });
  const other = await idleFrom(port, '127.0.0.2');
  const held: Socket[] = [];
  for (let at = 0; at < 4; at += 1) held.push(await idleFrom(port, '127.0.0.1'));
  // This request makes the first one the most recently used.
  held[0]?.write(requestText('GET /healthz'));
  await once(held[0] ?? other, 'data');

  held.push(await idleFrom(port, '127.0.0.1'));
  expect(await endedOf(held)).toEqual([1]);
  // The limit holds for any number of later connections.
  for (let at = 0; at < 20; at += 1) held.push(await idleFrom(port, '127.0.0.1'));
  await expect.poll(() => held.filter((socket) => !socket.closed)).toEqual(held.slice(-4));
  expect(other.closed).toBe(false);
});

test('DELIVERY-15 a new connection on a full node MUST replace an idle one of the largest network', async () => {
  const { port } = await serve({ limits: { maxConnections: 8, maxConnectionsOfNetwork: 6 } });
  const few = [await idleFrom(port, '127.0.0.2'), await idleFrom(port, '127.0.0.2')];
  const most = [];
  for (let at = 0; at < 6; at += 1) most.push(await idleFrom(port, '127.0.0.1'));

  expect(await statusFrom(port, '127.0.0.3')).toBe(200);
  expect(await endedOf(most)).toEqual([0]);
  expect(few.some((socket) => socket.closed)).toBe(false);
});

test('DELIVERY-16 idle connections from many networks MUST NOT keep new connections out', async () => {
  const { port } = await serve({ limits: { maxConnections: 20, maxConnectionsOfNetwork: 15 } });
  for (let at = 0; at < 20; at += 1) await idleFrom(port, `127.0.1.${String(at)}`);
  for (let at = 0; at < 40; at += 1) expect(await statusFrom(port, `127.0.2.${String(at)}`)).toBe(200);
});

test('DELIVERY-17 a new connection MUST NOT replace one that is new, has a request in flight, sends a body, or is upgraded', async () => {
  const { handle, release } = heldExecutor();
  const subscriptions = {
    opened: () => ({
      isSignedIn: () => true,
      message: () => Promise.resolve(),
      closed: () => Promise.resolve(),
    }),
  };
  const limits = { maxConnections: 8, maxConnectionsOfNetwork: 4 };
  const { port, handled } = await serve({ handle, subscriptions, limits });
  const asked = await idleFrom(port, '127.0.0.1');
  asked.write(operation);
  await expect.poll(() => handled.length).toBe(1);
  const halfSent = await idleFrom(port, '127.0.0.1');
  halfSent.write(requestText('POST /graphql', [json, 'content-length: 100']));
  const unasked = await dialFrom(port, '127.0.0.1');
  const upgraded = await idleFrom(port, '127.0.0.1');
  upgraded.write(handshake);
  await once(upgraded, 'data');

  expect(await statusFrom(port, '127.0.0.1')).toBeUndefined();
  expect([asked, halfSent, unasked, upgraded].some(({ closed }) => closed)).toBe(false);
  release();
  await once(asked, 'data');
  expect(await statusFrom(port, '127.0.0.1')).toBe(200);
});

test('DELIVERY-18 a new connection of a trusted proxy on a full node MUST replace its longest idle one', async () => {
  const { port } = await serve({ trustProxy: 1, limits: { maxConnections: 4, maxConnectionsOfNetwork: 3 } });
  const held = [];
  for (let at = 0; at < 4; at += 1) held.push(await idleFrom(port, '127.0.0.1'));
  expect(await statusFrom(port, '127.0.0.1')).toBe(200);
  expect(await endedOf(held)).toEqual([0]);
});

test('DELIVERY-11 the /64, the /56 and the /48 of an IPv6 MUST each have a limit of operations in flight', async () => {
  const { handle, release } = heldExecutor();
  const limits = { maxInFlight: 100, maxInFlightOfNetwork: 6 };
  const { url, handled } = await serve({ handle, trustProxy: 1, limits });
  const ask = (from: string) => post(url, '{}', { 'x-forwarded-for': from });
  const held = (from: readonly string[], count: number) => {
    const asked = from.map(ask);
    return expect
      .poll(() => handled.length)
      .toBe(count)
      .then(() => asked);
  };
  const asked = [
    ...(await held(Array(4).fill('2001:db8:0:1::1') as string[], 4)),
    ...(await held(['2001:db8:0:2::1'], 5)),
  ];
  // The /64, the /56 and, from another /56, the /48.
  expect((await ask('2001:db8:0:1::2')).status).toBe(503);
  expect((await ask('2001:db8:0:3::1')).status).toBe(503);
  asked.push(...(await held(['2001:db8:0:100::1'], 6)));
  expect((await ask('2001:db8:0:200::1')).status).toBe(503);
  asked.push(...(await held(['2001:db8:1::1'], 7)));
  release();
  expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]));
});

// 64 requests to answer, the one that closes the connection, and 33 after it.
test.each(smallestRequests)(
  'DELIVERY-13 the server MUST parse at most 98 requests of %j, however many one read returns',
  async (text) => {
    const { port } = await serve({ handle: heldExecutor().handle });
    const parsed = new Map<unknown, number>();
    const count = (message: unknown) => {
      const { socket } = message as { readonly socket: Socket };
      parsed.set(socket, (parsed.get(socket) ?? 0) + 1);
    };
    subscribe('http.server.request.start', count);
    const client = await dial(port);
    client.send(text.repeat(3_000));
    await client.ended();
    unsubscribe('http.server.request.start', count);
    expect(parsed.size).toBe(1);
    expect(Math.max(...parsed.values())).toBeLessThanOrEqual(98);
  },
);

test('DELIVERY-21 the server MUST answer pipelined requests that offer an upgrade without copying the bytes after them', async () => {
  const { subscriptions } = largeMessages();
  const { port } = await serve({ subscriptions });
  const kept = new Set<ArrayBufferLike>();
  const servers = new Set<Socket>();
  const unshift = vi.spyOn(Socket.prototype, 'unshift');
  onTestFinished(() => {
    unshift.mockRestore();
  });
  const client = await dial(port);
  const upgrade = ['connection: upgrade, http2-settings', 'upgrade: h2c', 'http2-settings: AAMAAABk'];
  const flood = requestText('GET /healthz', upgrade).repeat(500) + requestText('GET /healthz', [last]);
  client.send(flood);
  expect((await client.ended()).match(/HTTP\/1\.1 200 /g)).toHaveLength(501);

  for (const [piece] of unshift.mock.calls) kept.add((piece as Buffer).buffer);
  for (const server of unshift.mock.contexts) servers.add(server as Socket);
  const bytes = [...kept].reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(unshift.mock.calls.length).toBeGreaterThanOrEqual(500);
  expect(bytes).toBeLessThan(8 * flood.length);
  // None of the requests leaves a listener on the connection.
  expect(servers.size).toBe(1);
  for (const server of servers)
    for (const event of server.eventNames()) expect(server.listenerCount(event)).toBeLessThan(10);
});

/** Returns the bytes that the process holds after a full garbage collection. */
function heldMemory(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('DELIVERY-22 bodies in chunks of one byte MUST NOT take more than 6 MB for 120,000 chunks', async () => {
  const { port } = await serve();
  const servers: Socket[] = [];
  const opened = (message: unknown) => servers.push((message as { readonly socket: Socket }).socket);
  subscribe('http.server.request.start', opened);
  const clients = await Promise.all([1, 2].map(() => dial(port)));
  const chunks = Buffer.from('1\r\n \r\n'.repeat(60_000));
  const before = heldMemory();
  for (const client of clients) {
    client.send(requestText('POST /graphql', [json, 'transfer-encoding: chunked']));
    client.send(chunks);
  }
  const isRead = () => servers.length === 2 && servers.every(({ bytesRead }) => bytesRead > chunks.length);
  await expect.poll(isRead, { timeout: 15_000 }).toBe(true);
  unsubscribe('http.server.request.start', opened);
  expect(heldMemory() - before).toBeLessThan(6_000_000);
  clients[0]?.send('2\r\n{}\r\n0\r\n\r\n');
  await clients[0]?.has(/ 200 OK/);
});

/** Opens a websocket for raw bytes: no library sends half a message. */
async function dialWebsocket(port: number) {
  const client = await dial(port);
  client.send(handshake);
  await client.has(/ 101 /);
  client.socket.setNoDelay();
  return client;
}

/** The head of a text message of 100,000 bytes, with a mask of zeros. */
const messageHead = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 1, 0x86, 0xa0, 0, 0, 0, 0]);

test('DELIVERY-23 when unfinished websocket messages fill the memory bound, the server MUST cut the oldest', async () => {
  const { subscriptions } = largeMessages();
  const { port } = await serve({ subscriptions, limits: { maxHeldBytes: 150_000 } });
  const clients = [await dialWebsocket(port), await dialWebsocket(port)] as const;
  for (const client of clients) {
    client.send(messageHead);
    client.send(' '.repeat(90_000));
    await wait(100);
  }
  await clients[0].ended();
  clients[1].send('y'.repeat(10_000));
  const count = (letter: string) => clients[1].text().split(letter).length - 1;
  await expect.poll(() => count('y')).toBe(10_000);
  // A complete message no longer counts.
  for (let turn = 1; turn <= 4; turn += 1) {
    clients[1].send(messageHead);
    clients[1].send('z'.repeat(100_000));
    await expect.poll(() => count('z')).toBe(turn * 100_000);
  }
});

test('DELIVERY-24 a websocket message in pieces of one byte MUST count with the memory that the pieces take', async () => {
  const { subscriptions } = largeMessages();
  const { port } = await serve({ subscriptions, limits: { maxHeldBytes: 100_000 } });
  const client = await dialWebsocket(port);
  client.send(messageHead);
  for (let turn = 0; turn < 2_000 && !client.socket.closed; turn += 1) {
    client.send(' ');
    await wait(0);
  }
  await expect.poll(() => client.socket.closed).toBe(true);
});

test('DELIVERY-25 the server MUST read other connections before it has executed all operations of one read', async () => {
  const pipelined = 30;
  let executed = 0;
  const { port } = await serve({
    handle() {
      executed += 1;
      if (executed === 1) other.send(requestText('GET /healthz'));
      return fine;
    },
  });
  const other = await dial(port);
  const client = await dial(port);
  // Read as the response arrives: one that is looked for a moment later finds all of them executed on a busy machine.
  const executedBefore = new Promise<number>((resolve) => {
    other.socket.once('data', () => {
      resolve(executed);
    });
  });

  client.send(operation.repeat(pipelined));

  expect(await executedBefore).toBeLessThan(pipelined);
  expect(other.text()).toMatch(/200 OK/);
  await expect.poll(() => client.text().split('200 OK').length - 1).toBe(pipelined);
});
