import { expect, test } from 'vitest';

import { type GraphqlResponse } from '../../src/graphql/context.js';
import { dial, exchange, fine, json, last, post, refusal, requestText, serve } from './harness.js';

test('a POST reaches the executor as plain values', async () => {
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

test('a POST counts as preflighted, since its body is JSON; a GET by what it says', async () => {
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
  'an accept of %s asks for plain JSON',
  async (accept) => {
    const { url, handled } = await serve();
    await post(url, '{"query":"{ ok }"}', { accept });
    expect(handled[0]?.responseType).toBe('application/json; charset=utf-8');
  },
);

test.each([
  'application/graphql-response+json',
  'application/json;q=0.5, application/graphql-response+json;q=0.9',
])('an accept of %s asks for that', async (accept) => {
  const { url, handled } = await serve();
  await post(url, '{"query":"{ ok }"}', { accept });
  expect(handled[0]?.responseType).toBe('application/graphql-response+json; charset=utf-8');
});

test.each(['text/plain', 'text/event-stream', 'application/json;q=0', 'nonsense'])(
  'a request that takes only %s is refused before anything is done',
  async (accept) => {
    const { url, handled } = await serve();
    const response = await post(url, '{"query":"mutation { logout { session { id } } }"}', { accept });
    expect(response.status).toBe(406);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    expect(handled).toEqual([]);
  },
);

test('a GET reaches it with the query string and no body', async () => {
  const { url, handled } = await serve();

  await fetch(`${url}/graphql?query=%7Bok%7D`, { headers: { accept: 'application/json, text/html' } });

  expect(handled[0]).toMatchObject({ method: 'GET', search: '?query=%7Bok%7D', bearer: null });
  expect(handled[0]?.body).toBeUndefined();
});

test("an answer's status, headers and body go out as they are, but for the headers that are the server's own", async () => {
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

test('HEAD is answered as GET, without the body', async () => {
  const { port, handled } = await serve();

  const text = await exchange(port, requestText('HEAD /graphql', [last]));

  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(text).toMatch(/\r\ncontent-length: 21\r\n/);
  expect(text.endsWith('\r\n\r\n')).toBe(true);
  expect(handled[0]?.method).toBe('GET');
});

test('several Authorization lines are refused as an invalid token', async () => {
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

test('what the executor throws is told to the log alone, under the id of the request', async () => {
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

test('an answer that cannot be sent is an INTERNAL_SERVER_ERROR', async () => {
  const { url, lines } = await serve({
    handle: () => ({ ...fine, headers: [['x-broken', 'a\r\nset-cookie: b=c']] }),
  });

  const response = await post(url, '{}');

  expect(await refusal(response)).toMatchObject({ status: 500, code: 'INTERNAL_SERVER_ERROR' });
  expect(response.headers.has('set-cookie')).toBe(false);
  expect(lines.filter(({ msg }) => msg === 'request failed')).toHaveLength(1);
});

test('operations beyond the bound are told to come back, and those within it are served', async () => {
  let release: (answer: GraphqlResponse) => void = () => undefined;
  const held = new Promise<GraphqlResponse>((resolve) => (release = resolve));
  const { url, handled } = await serve({ handle: () => held, limits: { maxInFlight: 2 } });

  const within = [post(url, '{}'), post(url, '{}')];
  await expect.poll(() => handled.length).toBe(2);
  const beyond = await post(url, '{}');
  release(fine);

  expect(await refusal(beyond)).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
  expect(beyond.headers.get('retry-after')).toBe('1');
  expect((await Promise.all(within)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await post(url, '{}')).status).toBe(200);
});

test('an IP MUST NOT take the places of all others', async () => {
  let release: (answer: GraphqlResponse) => void = () => undefined;
  const held = new Promise<GraphqlResponse>((resolve) => (release = resolve));
  const { url, handled } = await serve({
    handle: () => held,
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
  // One network of 64 bits.
  const beyond = await ask('2001:db8::3');
  const other = ask('192.0.2.1');
  await expect.poll(() => handled.length).toBe(3);
  release(fine);

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

test('a client that goes away while its operation runs is noted, and nothing else happens', async () => {
  let release: (answer: GraphqlResponse) => void = () => undefined;
  const held = new Promise<GraphqlResponse>((resolve) => (release = resolve));
  const { url, port, lines, handled } = await serve({ handle: () => held });
  const client = await dial(port);
  client.send(requestText('POST /graphql', [json, 'x-request-id: gone'], '{}'));
  await expect.poll(() => handled.length).toBe(1);

  client.socket.resetAndDestroy();
  await new Promise((resolve) => setTimeout(resolve, 20));
  release(fine);

  await expect
    .poll(() => lines)
    .toContainEqual(expect.objectContaining({ requestId: 'gone', status: null, msg: 'request abandoned' }));
  expect((await post(url, '{}')).status).toBe(200);
});
