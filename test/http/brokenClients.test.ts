// Clients that are slow, silent, gone or send malformed HTTP, with shortened limits.

import { setTimeout as wait } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { type HttpLimits } from '../../src/http/limits.js';
import { dial, exchange, fine, json, post, rawRefusal, requestText, serve } from './harness.js';

const short: Partial<HttpLimits> = {
  headersMs: 150,
  requestMs: 300,
  keepAliveMs: 100,
  silenceMs: 2_000,
  checkMs: 25,
};

test('a client whose headers do not end gets 408', async () => {
  const { port, handled } = await serve({ limits: short });
  const client = await dial(port);
  client.send('POST /graphql HTTP/1.1\r\nhost: x\r\n');
  const drip = setInterval(() => {
    client.send('x-drip: 1\r\n');
  }, 20);

  const text = await client.ended();
  clearInterval(drip);

  expect(rawRefusal(text)).toMatchObject({ status: 408, code: 'BAD_USER_INPUT' });
  expect(handled).toEqual([]);
});

test('a client whose body does not end gets 408, and the log has one line with its request id', async () => {
  const { port, handled, lines } = await serve({ limits: short });
  const client = await dial(port);
  client.send(requestText('POST /graphql', [json, 'x-request-id: slow', 'content-length: 1000']));
  const drip = setInterval(() => {
    client.send(' ');
  }, 20);

  const text = await client.ended();
  clearInterval(drip);

  const answer = rawRefusal(text);
  expect(answer).toMatchObject({ status: 408, code: 'BAD_USER_INPUT' });
  expect(answer.headers.get('x-request-id')).toBe('slow');
  expect(handled).toEqual([]);
  expect(lines.filter(({ msg }) => msg !== 'not ready')).toEqual([
    expect.objectContaining({ requestId: 'slow', status: 408, path: '/graphql', method: 'POST' }),
  ]);
});

/** Blocks the process for longer than a request may take to arrive, as a suspended machine does. */
const suspend = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);

test.each(['everything', 'the body'])(
  'a request of which %s arrives while the process is suspended is answered',
  async (arriving) => {
    const { port, handled } = await serve({ limits: { ...short, headersMs: 400, requestMs: 400 } });
    const body = `${' '.repeat(102_398)}{}`;
    const text = requestText('POST /graphql', [json], body);
    const isRead = arriving === 'the body' ? text.length - body.length : 0;
    const client = await dial(port);
    client.send(text.slice(0, isRead));
    await wait(50);
    // The kernel buffers the bytes; the server reads them after the suspension.
    client.send(text.slice(isRead));
    suspend();

    expect(await client.has(/HTTP\/1.1 \d+/)).toMatch(/ 200 OK/);
    expect(handled).toHaveLength(1);
  },
);

test('unfinished headers behind a request in execution end the connection after its response', async () => {
  const { port, handled } = await serve({
    limits: short,
    async handle() {
      await wait(400);
      return fine;
    },
  });
  const client = await dial(port);
  client.send(`${requestText('POST /graphql', [json], '{}')}POST /graphql HTTP/1.1\r\nhost: x\r\n`);
  const drip = setInterval(() => {
    client.send('x-drip: 1\r\n');
  }, 20);

  const text = await client.ended();
  clearInterval(drip);

  // The timeout ends it, not the later bound on the size of the headers.
  expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200']);
  expect(handled).toHaveLength(1);
});

test('a connection without a byte gets 408', async () => {
  const { port } = await serve({ limits: short });
  const client = await dial(port);

  expect(rawRefusal(await client.ended()).status).toBe(408);
});

test('a connection that stays idle after a response is closed without a 408', async () => {
  const { port } = await serve({ limits: short });
  const client = await dial(port);
  client.send(requestText('POST /graphql', [json], '{}'));
  await client.has(/ 200 OK/);
  const answeredAt = performance.now();

  expect(await client.ended()).not.toMatch(/ 408 /);

  expect(performance.now() - answeredAt).toBeLessThan(1_800);
});

test('a client that never reads its response is disconnected', async () => {
  const { port, lines } = await serve({
    handle: () => ({ ...fine, body: 'x'.repeat(20_000_000) }),
    limits: { ...short, silenceMs: 200 },
  });
  const client = await dial(port);
  client.socket.pause();
  client.send(requestText('POST /graphql', [json], '{}'));
  await expect.poll(() => lines.length).toBe(1);
  await wait(1_500);

  client.socket.resume();
  const text = await client.ended();

  expect(text.length).toBeLessThan(20_000_000);
});

test('300 slow connections do not delay other requests', async () => {
  const { url, port } = await serve({
    limits: { ...short, headersMs: 6_000, requestMs: 6_000, keepAliveMs: 6_000, silenceMs: 6_000 },
  });
  const slow = await Promise.all(Array.from({ length: 300 }, () => dial(port)));
  const beginnings = [
    '',
    'POST /graphql HTTP/1.1\r\nhost:',
    requestText('POST /graphql', [json, 'content-length: 50000']),
    requestText('POST /graphql', [json, 'transfer-encoding: chunked']),
    requestText('GET /healthz'),
  ];
  slow.forEach((client, at) => {
    client.send(beginnings[at % beginnings.length] ?? '');
  });
  await wait(100);

  const statuses = await Promise.all(Array.from({ length: 50 }, async () => (await post(url, '{}')).status));

  expect(statuses).toEqual(Array(50).fill(200));
  expect(slow.filter(({ socket }) => socket.readableEnded)).toEqual([]);
  await Promise.all(slow.map((client) => client.ended()));
});

test.each([
  ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['an unknown method', requestText('FETCH /graphql'), 400],
  ['a header without a colon', 'GET /graphql HTTP/1.1\r\nhost x\r\n\r\n', 400],
  ['two lengths', requestText('POST /graphql', [json, 'content-length: 2', 'content-length: 3']) + '{}', 400],
  [
    'a length and chunks',
    requestText('POST /graphql', [json, 'content-length: 2', 'transfer-encoding: chunked']),
    400,
  ],
  ['a negative length', requestText('POST /graphql', [json, 'content-length: -1']), 400],
  ['a NUL in a header', requestText('GET /graphql', ['x-a: \0']), 400],
  ['headers too large', requestText('GET /graphql', [`x-a: ${'a'.repeat(20_000)}`]), 431],
  ['a target too large', requestText(`GET /graphql?query=${'a'.repeat(20_000)}`), 431],
])('%s is refused in JSON and logged', async (_name, bytes, status) => {
  const { port, url, lines } = await serve();

  const answer = rawRefusal(await exchange(port, Buffer.from(bytes, 'latin1')));

  expect(answer).toMatchObject({ status, code: 'BAD_USER_INPUT' });
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(lines).toContainEqual(
    expect.objectContaining({ status, requestId: answer.headers.get('x-request-id'), msg: 'request' }),
  );
  expect((await post(url, '{}')).status).toBe(200);
});

test('a malformed chunk gets 400 and is logged under its request id', async () => {
  const { port, lines } = await serve();
  const head = requestText('POST /graphql', [json, 'x-request-id: chunky', 'transfer-encoding: chunked']);

  const answer = rawRefusal(await exchange(port, `${head}zz\r\n`));

  expect(answer.status).toBe(400);
  expect(lines).toEqual([expect.objectContaining({ requestId: 'chunky', status: 400 })]);
});

test('a request followed by garbage is answered', async () => {
  const { port } = await serve({
    handle: async () => {
      await wait(100);
      return fine;
    },
  });

  const text = await exchange(port, `${requestText('POST /graphql', [json], '{}')}garbage\r\n\r\n`);

  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
});

test('clients that disconnect at any moment cause no error', async () => {
  const { port, url, lines } = await serve({
    handle: async () => {
      await wait(5);
      return { ...fine, body: 'x'.repeat(100_000) };
    },
  });
  const bytes = requestText('POST /graphql', [json], `{"query":"${'x'.repeat(2_000)}"}`);

  const leave = async (at: number) => {
    const client = await dial(port);
    client.send(bytes.slice(0, (at * bytes.length) / 80));
    await wait(at % 9);
    if (at % 2 === 0) client.socket.resetAndDestroy();
    else client.socket.destroy();
  };
  await Promise.all(Array.from({ length: 160 }, (_, at) => leave(at)));

  await wait(50);
  expect(lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  expect((await post(url, '{}')).status).toBe(200);
});
