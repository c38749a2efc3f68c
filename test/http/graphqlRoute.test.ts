import { expect, test } from 'vitest';

import { type GraphqlResponse } from '../../src/graphql/context.js';
import {
  dial,
  exchange,
  fine,
  heldExecutor,
  json,
  last,
  post,
  refusal,
  requestText,
  serve,
} from './harness.js';

test('the executor receives a POST as plain values, without unknown headers', async () => {
  const { url, handled } = await serve();

  const response = await post(url, '{"query":"{ ok }"}', {
    authorization: 'bearer abc.def.ghi',
    'user-agent': 'a browser',
    'x-request-id': 'from-the-proxy.1',
    'apollo-require-preflight': '1',
    accept: 'application/graphql-response+json',
    'x-secret': 'not passed on',
  });

  expect(response.status).toBe(200);
  expect(response.headers.get('x-request-id')).toBe('from-the-proxy.1');
  expect(handled).toHaveLength(1);
  const { headers, ...rest } = handled[0] ?? { headers: [] };
  expect(rest).toEqual({
    method: 'POST',
    responseType: 'application/graphql-response+json; charset=utf-8',
    search: '',
    body: { query: '{ ok }' },
    requestId: 'from-the-proxy.1',
    bearer: 'abc.def.ghi',
    clientInfo: { ip: '127.0.0.1', userAgent: 'a browser' },
    isAbandoned: expect.any(Function) as unknown,
  });
  expect(Object.fromEntries(headers)).toEqual({
    'apollo-require-preflight': '1',
  });
});

test('a JSON POST counts as preflighted; a GET counts only with the header for it', async () => {
  const { url, handled } = await serve();
  await post(url, '{}');
  await fetch(`${url}/graphql?query=%7Bok%7D`, { headers: { 'content-type': 'text/plain' } });
  await fetch(`${url}/graphql?query=%7Bok%7D`);
  expect(handled.map(({ headers }) => Object.fromEntries(headers))).toEqual([
    { 'apollo-require-preflight': 'json' },
    { 'content-type': 'text/plain' },
    {},
  ]);
});

test.each(['*/*', 'application/json', 'application/*;q=0.5', 'text/html, */*;q=0.1'])(
  'a client with Accept: %s gets application/json',
  async (accept) => {
    const { url, handled } = await serve();
    await post(url, '{"query":"{ ok }"}', { accept });
    expect(handled[0]?.responseType).toBe('application/json; charset=utf-8');
  },
);

test.each([
  'application/graphql-response+json',
  'application/json;q=0.5, application/graphql-response+json;q=0.9',
])('a client with Accept: %s gets application/graphql-response+json', async (accept) => {
  const { url, handled } = await serve();
  await post(url, '{"query":"{ ok }"}', { accept });
  expect(handled[0]?.responseType).toBe('application/graphql-response+json; charset=utf-8');
});

test.each(['text/plain', 'text/event-stream', 'application/json;q=0', 'nonsense'])(
  'a request with Accept: %s is refused before its execution',
  async (accept) => {
    const { url, handled } = await serve();
    const response = await post(url, '{"query":"mutation { logout { session { id } } }"}', { accept });
    expect(response.status).toBe(406);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    expect(handled).toEqual([]);
  },
);

test('the executor receives a GET with its query string and without a body', async () => {
  const { url, handled } = await serve();

  await fetch(`${url}/graphql?query=%7Bok%7D`, { headers: { accept: 'application/json, text/html' } });

  expect(handled[0]).toMatchObject({ method: 'GET', search: '?query=%7Bok%7D', bearer: null });
  expect(handled[0]?.body).toBeUndefined();
});

test("the server sends the executor's status, headers and body unchanged, except the headers that it sets itself", async () => {
  const answer: GraphqlResponse = {
    status: 429,
    headers: [
      ['content-type', 'application/graphql-response+json; charset=utf-8'],
      ['retry-after', '7'],
      ['content-length', '3'],
      ['cache-control', 'max-age=60'],
    ],
    body: '{"errors":[{"message":"Über"}]}',
    report: null,
  };
  const { url } = await serve({ handle: () => answer });

  const response = await post(url, '{}');

  expect(response.status).toBe(429);
  expect(response.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
  expect(response.headers.get('retry-after')).toBe('7');
  expect(response.headers.get('content-length')).toBe('32');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.text()).toBe(answer.body);
});

test('the server answers HEAD as GET, without the body', async () => {
  const { port, handled } = await serve();

  const text = await exchange(port, requestText('HEAD /graphql', [last]));

  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(text).toMatch(/\r\ncontent-length: 21\r\n/);
  expect(text.endsWith('\r\n\r\n')).toBe(true);
  expect(handled[0]?.method).toBe('GET');
});

test('several Authorization lines count as an invalid token', async () => {
  const { port, handled } = await serve();
  const twice = (one: string, two: string) =>
    exchange(
      port,
      requestText('POST /graphql', [json, last, `Authorization: ${one}`, `AUTHORIZATION: ${two}`], '{}'),
    );

  await twice('Bearer a', 'Bearer a');
  await twice('Bearer a', 'Basic b');
  await twice('Basic a', 'Basic b');
  await twice('', 'Bearer b');

  expect(handled.map(({ bearer }) => bearer)).toEqual(['', '', '', '']);
});

test('an error of the executor is in the log under the request id, and not in the response', async () => {
  const { url, lines } = await serve({
    handle: () => {
      throw new Error('connection to 10.0.0.7 refused', { cause: new TypeError('the cause') });
    },
  });

  const response = await post(url, '{}', { 'x-request-id': 'r1' });

  expect(response.headers.get('x-request-id')).toBe('r1');
  expect(await refusal(response)).toMatchObject({
    status: 500,
    code: 'INTERNAL_SERVER_ERROR',
    message: 'Something went wrong on the server.',
  });
  expect(lines).toContainEqual(
    expect.objectContaining({
      requestId: 'r1',
      msg: 'request failed',
      err: expect.objectContaining({ type: 'TypeError', message: 'the cause' }) as unknown,
    }),
  );
  expect(lines).toContainEqual(expect.objectContaining({ requestId: 'r1', msg: 'request', status: 500 }));
});

test('a response whose headers cannot be sent becomes an INTERNAL_SERVER_ERROR', async () => {
  const { url, lines } = await serve({
    handle: () => ({ ...fine, headers: [['x-broken', 'a\r\nset-cookie: b=c']] }),
  });

  const response = await post(url, '{}');

  expect(await refusal(response)).toMatchObject({ status: 500, code: 'INTERNAL_SERVER_ERROR' });
  expect(response.headers.has('set-cookie')).toBe(false);
  expect(lines.filter(({ msg }) => msg === 'request failed')).toHaveLength(1);
});

test('operations beyond the limit get 503 with retry-after, and those within it are served', async () => {
  const { handle, release } = heldExecutor();
  const { url, handled } = await serve({ handle, limits: { maxInFlight: 2 } });

  const within = [post(url, '{}'), post(url, '{}')];
  await expect.poll(() => handled.length).toBe(2);
  const beyond = await post(url, '{}');
  release();

  expect(await refusal(beyond)).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
  expect(beyond.headers.get('retry-after')).toBe('1');
  expect((await Promise.all(within)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await post(url, '{}')).status).toBe(200);
});

test('one network cannot use all operations in flight', async () => {
  const { handle, release } = heldExecutor();
  const { url, handled } = await serve({
    handle,
    trustProxy: 1,
    limits: { maxInFlight: 3, maxInFlightOfNetwork: 2 },
  });
  const ask = (from: string) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
      body: '{}',
    });

  const within = [ask('2001:db8::1'), ask('2001:db8::2')];
  await expect.poll(() => handled.length).toBe(2);
  // The same /64.
  const beyond = await ask('2001:db8::3');
  const other = ask('192.0.2.1');
  await expect.poll(() => handled.length).toBe(3);
  release();

  expect(beyond.status).toBe(503);
  expect((await Promise.all([...within, other])).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect((await ask('2001:db8::3')).status).toBe(200);
});

test('pipelined requests are answered in their order', async () => {
  const { port } = await serve({
    handle: async ({ body }) => {
      const { query, delayMs } = body as { query: string; delayMs: number };
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      return { ...fine, body: query };
    },
  });
  const client = await dial(port);
  const operation = (query: string, delayMs: number) =>
    requestText('POST /graphql', [json], JSON.stringify({ query, delayMs }));

  client.send(operation('<first>', 60) + operation('<second>', 1) + operation('<third>', 20));

  const text = await client.has(/<third>/);
  expect([...text.matchAll(/<\w+>/g)].map(String)).toEqual(['<first>', '<second>', '<third>']);
});

test('a client that resets its connection during its operation causes one log line and no error', async () => {
  const { handle, release } = heldExecutor();
  const { url, port, lines, handled } = await serve({ handle });
  const client = await dial(port);
  client.send(requestText('POST /graphql', [json, 'x-request-id: gone'], '{}'));
  await expect.poll(() => handled.length).toBe(1);

  client.socket.resetAndDestroy();
  await new Promise((resolve) => setTimeout(resolve, 20));
  release();

  await expect
    .poll(() => lines)
    .toContainEqual(expect.objectContaining({ requestId: 'gone', status: null, msg: 'request abandoned' }));
  expect((await post(url, '{}')).status).toBe(200);
});
