import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { expect, test } from 'vitest';

import { type GraphqlResponse } from '../../src/graphql/context.js';
import { checkPort } from '../../src/http/listener.js';
import { freePort } from '../support/freePort.js';
import { dial, exchange, fine, json, last, post, requestText, serve } from './harness.js';

const operation = requestText('POST /graphql', [json], '{}');

/** An executor whose answers wait until they are let go. */
function gate() {
  let open: (answer: GraphqlResponse) => void = () => undefined;
  const opened = new Promise<GraphqlResponse>((resolve) => (open = resolve));
  return {
    handle: () => opened,
    open: () => {
      open(fine);
    },
  };
}

/** Resolves when no new connection is let in any more. */
const portCloses = (url: string) =>
  expect.poll(() => fetch(`${url}/healthz`).catch(() => 'closed'), { timeout: 10_000 }).toBe('closed');

test('accepted requests are answered, with the connection closed after it; then the stop is complete', async () => {
  const { handle, open } = gate();
  const { url, port, handled, close } = await serve({ handle });
  const clients = await Promise.all(Array.from({ length: 60 }, () => dial(port)));
  for (const client of clients) client.send(operation);
  await expect.poll(() => handled.length).toBe(60);

  const closed = close(20_000);
  await portCloses(url);
  open();

  for (const client of clients) {
    const text = await client.ended();
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).toMatch(/\r\nconnection: close\r\n/i);
  }
  await closed;
});

test('requests that were on their way are answered too', async () => {
  const { port, close } = await serve({ handle: async () => (await wait(20), fine) });
  const clients = await Promise.all(Array.from({ length: 60 }, () => dial(port)));

  for (const client of clients) client.send(operation);
  const closed = close(5_000);

  for (const client of clients) expect(await client.ended()).toMatch(/^HTTP\/1\.1 200 /);
  await closed;
});

test('a request whose body is still coming is answered', async () => {
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

test('idle, silent and unfinished connections do not hold it up', async () => {
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

test('no new connection is let in', async () => {
  const { handle, open } = gate();
  const { url, port, handled, close } = await serve({ handle });
  const client = await dial(port);
  client.send(operation);
  await expect.poll(() => handled.length).toBe(1);

  const closed = close(20_000);
  await portCloses(url);

  await expect(post(url, '{}')).rejects.toThrow();
  open();
  await closed;
});

test('who asks on an open connection whether to send more here is told not to', async () => {
  const { handle, open } = gate();
  const { port, handled, close } = await serve({ handle });
  const client = await dial(port);
  client.send(operation);
  await expect.poll(() => handled.length).toBe(1);

  const closed = close(5_000);
  client.send(requestText('GET /readyz'));
  await wait(150);
  open();

  const text = await client.ended();
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  await closed;
});

test('after the time given, what is still busy is cut', async () => {
  const { handle } = gate();
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

test('a port that is taken is said so', async () => {
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

test('a port is checked without a moment in which a proxy can connect', async () => {
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

test('a connection that a proxy has kept is answered while the port closes, and told to close', async () => {
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

test('the port stays open while the node has no time to look for new connections', async () => {
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

test('until the port closes, connections are kept, so that a proxy needs no new ones', async () => {
  const { port, close } = await serve();
  const client = await dial(port);

  const closed = close(5_000);
  client.send(operation);

  expect(await client.has(/"ok"/)).not.toMatch(/connection: close/i);
  await closed;
});

test('during the delay everything is served, while readyz says that the node goes', async () => {
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

test('an idle connection is kept for as long as the setting says, and the client is told', async () => {
  const { url } = await serve({ limits: { keepAliveMs: 700_000 } });
  const answer = await fetch(`${url}/healthz`);
  expect(answer.headers.get('keep-alive')).toBe('timeout=700');
});
