import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { expect, test } from 'vitest';

import { checkPort } from '../../src/http/listener.js';
import { freePort } from '../support/freePort.js';
import { dial, exchange, fine, heldExecutor, json, last, post, requestText, serve } from './harness.js';

const operation = requestText('POST /graphql', [json], '{}');

/** Resolves when the server accepts no new connection. */
const portCloses = (url: string) =>
  expect.poll(() => fetch(`${url}/healthz`).catch(() => 'closed'), { timeout: 10_000 }).toBe('closed');

test('a server that stops answers 60 accepted requests, closes their connections, and then completes the stop', async () => {
  const { handle, release } = heldExecutor();
  const { url, port, handled, close } = await serve({ handle });
  const clients = await Promise.all(Array.from({ length: 60 }, () => dial(port)));
  for (const client of clients) client.send(operation);
  await expect.poll(() => handled.length).toBe(60);

  const closed = close(20_000);
  await portCloses(url);
  release();

  for (const client of clients) {
    const text = await client.ended();
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).toMatch(/\r\nconnection: close\r\n/i);
  }
  await closed;
});

test('a server that stops answers requests that were sent just before the stop', async () => {
  const { port, close } = await serve({ handle: async () => (await wait(20), fine) });
  const clients = await Promise.all(Array.from({ length: 60 }, () => dial(port)));

  for (const client of clients) client.send(operation);
  const closed = close(5_000);

  for (const client of clients) expect(await client.ended()).toMatch(/^HTTP\/1\.1 200 /);
  await closed;
});

test('a server that stops waits for the rest of a body and answers the request', async () => {
  const { port, close } = await serve();
  const client = await dial(port);
  client.send(requestText('POST /graphql', [json, 'content-length: 2']));
  await wait(50);

  const closed = close(5_000);
  await wait(150);
  client.send('{}');

  expect(await client.ended()).toMatch(/^HTTP\/1\.1 200 /);
  await closed;
});

test('a stop does not wait for connections that are idle, silent or in the middle of the headers', async () => {
  const { port, close } = await serve();
  const idle = await dial(port);
  idle.send(operation);
  await idle.has(/ 200 OK/);
  const silent = await dial(port);
  const unfinished = await dial(port);
  unfinished.send('POST /graphql HTTP/1.1\r\nhost:');
  await wait(20);

  const startedAt = performance.now();
  await close(20_000);

  expect(performance.now() - startedAt).toBeLessThan(5_000);
  await Promise.all([idle, silent, unfinished].map((client) => client.ended()));
});

test('a server that stops accepts no new connection once the port is closed', async () => {
  const { handle, release } = heldExecutor();
  const { url, port, handled, close } = await serve({ handle });
  const client = await dial(port);
  client.send(operation);
  await expect.poll(() => handled.length).toBe(1);

  const closed = close(20_000);
  await portCloses(url);

  await expect(post(url, '{}')).rejects.toThrow();
  release();
  await closed;
});

test('a server that stops closes a connection after its request in flight, and leaves a later request on it to the client', async () => {
  const { handle, release } = heldExecutor();
  const { port, handled, close } = await serve({ handle });
  const client = await dial(port);
  client.send(operation);
  await expect.poll(() => handled.length).toBe(1);

  const closed = close(5_000);
  client.send(requestText('GET /readyz'));
  await wait(150);
  release();

  const text = await client.ended();
  expect(text.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200']);
  expect(text).toMatch(/\r\nconnection: close\r\n/i);
  await closed;
});

test('a stop cuts busy connections at the end of its time', async () => {
  const { handle } = heldExecutor();
  const { port, handled, close } = await serve({ handle });
  const client = await dial(port);
  client.send(operation);
  await expect.poll(() => handled.length).toBe(1);

  const startedAt = performance.now();
  await close(300);

  expect(performance.now() - startedAt).toBeGreaterThan(250);
  expect(performance.now() - startedAt).toBeLessThan(1_500);
  expect(await client.ended()).toBe('');
});

test('a second stop joins the first', async () => {
  const { close } = await serve();

  const first = close();

  expect(close()).toBe(first);
  await first;
});

test('listening on a port in use rejects with EADDRINUSE', async () => {
  const { port } = await serve();
  const { createHttpServer } = await import('../../src/http/server.js');
  const { pino } = await import('pino');
  const second = createHttpServer({
    graphql: { handle: () => Promise.resolve(fine) },
    ready: () => Promise.resolve(true),
    log: pino({ level: 'silent' }),
    corsOrigins: [],
    development: false,
  });

  await expect(second.listen(port, '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await second.close(0);
});

test('checking a port never accepts a connection', async () => {
  const port = await freePort();
  const attempts = new Worker(
    `const { connect } = require('node:net');
    const { parentPort } = require('node:worker_threads');
    let left = 500, connected = 0;
    const attempt = () => {
      if (left-- === 0) return parentPort.postMessage(connected);
      const socket = connect(${String(port)}, '127.0.0.1', () => { connected += 1; socket.destroy(); });
      socket.once('error', () => undefined).once('close', attempt);
    };
    attempt();`,
    { eval: true },
  );
  const connected = once(attempts, 'message');
  const isOver = connected.then(() => true);
  do await checkPort(port, '127.0.0.1');
  while (!(await Promise.race([isOver, nextTurn(false)])));

  expect(await connected).toEqual([0]);
});

test('a request on a kept connection is answered during the stop, with connection: close', async () => {
  const { url, port, close } = await serve();
  const kept = await dial(port);
  kept.send(operation);
  await kept.has(/ 200 OK/);

  // With a delay, idle connections are kept for 2 s, which is enough on a busy machine.
  const closed = close(5_000, 1);
  await portCloses(url);
  kept.send(operation);

  const text = await kept.ended();
  expect(text.match(/^HTTP\/1\.1 200 /gm)).toHaveLength(2);
  expect(text).toMatch(/connection: close/i);
  await closed;
});

test('the port stays open while new connections come', async () => {
  const { port, close } = await serve();
  const answers: Promise<string>[] = [];

  const closed = close(5_000);
  const coming = setInterval(() => {
    answers.push(exchange(port, requestText('POST /graphql', [json, last], '{}')));
  }, 5);
  await wait(150);
  clearInterval(coming);

  for (const text of await Promise.all(answers)) expect(text).toMatch(/^HTTP\/1\.1 200 /);
  await closed;
});

test('the port stays open while a busy event loop delays the accept of new connections', async () => {
  const { port, close } = await serve();

  const closed = close(5_000);
  const haveLongTurns = async (count: number) => {
    for (let turn = 0; turn < count; turn += 1) {
      const startedAt = performance.now();
      while (performance.now() - startedAt < 5);
      await nextTurn();
    }
  };
  await haveLongTurns(30);
  const answer = exchange(port, requestText('POST /graphql', [json, last], '{}'));
  await haveLongTurns(5);

  expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  await closed;
});

test('until the port closes, responses keep their connections, so that a proxy opens no new ones', async () => {
  const { port, close } = await serve();
  const client = await dial(port);

  const closed = close(5_000);
  client.send(operation);

  expect(await client.has(/"ok"/)).not.toMatch(/connection: close/i);
  await closed;
});

test('during the delay the server answers requests and fails /readyz', async () => {
  const { url, port, close } = await serve();
  const kept = await dial(port);
  kept.send(requestText('GET /healthz'));
  await kept.has(/ 200 OK/);
  let isClosing = false;
  const closed = close(5_000, 2_000, () => (isClosing = true));

  const ready = await fetch(`${url}/readyz`);
  expect(ready.status).toBe(503);
  const answer = await post(url, '{}');
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
  kept.send(operation);
  expect(await kept.ended()).toMatch(/ 200 OK[\s\S]* 200 OK[\s\S]*connection: close/i);
  expect(isClosing).toBe(false);

  await closed;
  expect(isClosing).toBe(true);
  await expect(fetch(`${url}/readyz`)).rejects.toThrow();
});

test('a response tells the client how long the server keeps an idle connection', async () => {
  const { url } = await serve({ limits: { keepAliveMs: 700_000 } });
  const answer = await fetch(`${url}/healthz`);
  expect(answer.headers.get('keep-alive')).toBe('timeout=700');
});
