// What waits to be sent, and whose it is: clients that ask and do not read, and networks that hold all there is.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { type GraphqlResponse } from '../../src/graphql/request.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { dial, fine, json, last, post, requestText, serve, smallestRequests, statusFrom } from './harness.js';

const large = { ...fine, body: 'x'.repeat(20_000_000) };
const operation = requestText('POST /graphql', [json], '{}');

/** An executor whose answers wait until they are let go. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<GraphqlResponse>((resolve) => {
    open = () => {
      resolve(fine);
    };
  });
  return { handle: () => opened, open };
}

/** A connection from an address of this machine; whether it still is open is up to the server. */
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

test('DELIVERY-01 requests of one connection MUST all be answered while they are not too many', async () => {
  const { port } = await serve();
  const client = await dial(port);
  client.send(operation.repeat(60) + requestText('GET /healthz', [last]));
  expect((await client.ended()).match(/HTTP\/1\.1 200 /g)).toHaveLength(61);
});

test('DELIVERY-02 of too many requests of one connection the first MUST be answered, and the others left', async () => {
  const { handle, open } = gate();
  const { port, handled } = await serve({ handle });
  const client = await dial(port);
  client.send(operation.repeat(90));
  await expect.poll(() => handled.length).toBe(64);
  open();
  expect((await client.ended()).match(/HTTP\/1\.1 200 /g)).toHaveLength(64);
  expect(handled).toHaveLength(64);
});

test('DELIVERY-03 a connection that goes on after that MUST be cut at once', async () => {
  const { port, handled } = await serve({ handle: gate().handle });
  const client = await dial(port);
  client.send(operation.repeat(400));
  expect(await client.ended()).toBe('');
  expect(handled.length).toBeLessThanOrEqual(64);
});

test('DELIVERY-04 an operation MUST count until its answer has been sent, or its connection has ended', async () => {
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

test('DELIVERY-05 an operation whose connection has ended MUST count until it is done', async () => {
  const { handle, open } = gate();
  const { port, url, handled } = await serve({ handle, limits: { maxInFlight: 1 } });
  const client = await dial(port);
  client.send(operation);
  await expect.poll(() => handled.length).toBe(1);
  client.socket.resetAndDestroy();
  await wait(50);

  expect((await post(url, '{}')).status).toBe(503);
  open();
  await expect.poll(async () => (await post(url, '{}')).status).toBe(200);
});

test('DELIVERY-06 a client that reads too slowly MUST be cut, however much it sends meanwhile', async () => {
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

test('DELIVERY-07 of clients that do not read the one that has waited longest MUST make room', async () => {
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

test('DELIVERY-08 bodies that do not come to their end MUST be bounded, the oldest goes first', async () => {
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

test('DELIVERY-09 a websocket that does not read MUST be cut, and make room before', async () => {
  const text = 'x'.repeat(16_000_000);
  const subscriptions = {
    opened: (transport: { send(text: string): Promise<void> }) => ({
      isSignedIn: () => true,
      message: async (asked: string) => transport.send(asked === 'large' ? text : asked),
      closed: () => Promise.resolve(),
    }),
  };
  const limits = { mostHeldBytes: 40_000_000, deliveryMs: 1_000, checkMs: 50 };
  const { url } = await serve({ subscriptions, limits });
  const open = async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('open', resolve));
    return socket;
  };
  const sockets = await Promise.all([open(), open(), open()]);
  for (const socket of sockets) {
    socket.send('large');
    socket.pause();
    await wait(50);
  }
  const other = await open();
  other.send('small');
  await new Promise((resolve) => other.once('message', resolve));
  await wait(2_000);
  const closed = sockets.map((socket) => new Promise<number>((resolve) => socket.once('close', resolve)));
  for (const socket of sockets) socket.resume();
  expect(await Promise.all(closed)).toEqual([1006, 1006, 1006]);
  expect(other.readyState).toBe(other.OPEN);
  other.terminate();
});

test('DELIVERY-10 an address MUST NOT hold more than its share of the connections', async () => {
  const limits = { maxConnections: 8, maxConnectionsOfNetwork: 6 };
  const { port } = await serve({ limits });
  const held = await Promise.all(Array.from({ length: 6 }, () => dialFrom(port, '127.0.0.1')));
  expect(await statusFrom(port, '127.0.0.1')).toBeUndefined();
  expect(await statusFrom(port, '127.0.0.2')).toBe(200);
  held[0]?.destroy();
  await expect.poll(() => statusFrom(port, '127.0.0.1')).toBe(200);

  // All connections come from the proxy where one is believed.
  const behind = await serve({ limits, trustProxy: 1 });
  await Promise.all(Array.from({ length: 7 }, () => dialFrom(behind.port, '127.0.0.1')));
  expect(await statusFrom(behind.port, '127.0.0.1')).toBe(200);
});

test('DELIVERY-11 a wider IPv6 network MUST have a share of its own', async () => {
  const { handle, open } = gate();
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
  open();
  expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]));
});

// 64 that are answered, 33 after the one that closes the connection, and no more.
test.each(smallestRequests)(
  'DELIVERY-13 of %j at most 98 MUST be parsed, however many one read holds',
  async (text) => {
    const { port } = await serve({ handle: gate().handle });
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
