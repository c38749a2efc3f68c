// Every response has the security headers, a request id and a line in the log.

import { describe, expect, test } from 'vitest';

import { dial, exchange, fine, json, last, post, requestText, serve } from './harness.js';

const securityHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

const requests = [
  ['an operation', requestText('POST /graphql', [json, last], '{}')],
  ['a refused body', requestText('POST /graphql', [json, last], '[')],
  [
    'a preflight',
    requestText('OPTIONS /graphql', [
      last,
      'origin: https://a.example',
      'access-control-request-method: POST',
    ]),
  ],
  ['health', requestText('GET /healthz', [last])],
  ['readiness', requestText('GET /readyz', [last])],
  ['the redirect to the page', requestText('GET /', [last])],
  ['the page', requestText('GET /graphql', [last, 'accept: text/html'])],
  ['an unknown path', requestText('GET /nowhere', [last])],
  ['another method', requestText('PUT /graphql', [last])],
  ['bytes that are no HTTP', 'hello\r\n\r\n'],
] as const;

test.each(requests)('%s: the response has each security header once', async (name, bytes) => {
  const { port } = await serve({ development: true });

  const [head = ''] = (await exchange(port, bytes)).split('\r\n\r\n');

  const names = head
    .toLowerCase()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(':')[0]);
  for (const [header, value] of Object.entries(securityHeaders)) {
    expect(head.toLowerCase()).toContain(`\r\n${header}: ${value}\r\n`);
  }
  for (const single of [
    ...Object.keys(securityHeaders),
    'content-security-policy',
    'x-request-id',
    'content-type',
  ]) {
    expect(names.filter((other) => other === single).length).toBeLessThanOrEqual(1);
  }
  expect(head).toMatch(/content-security-policy: default-src 'none'; /);
  if (name !== 'the page') expect(head).not.toMatch(/script-src/);
  expect(head).toMatch(/frame-ancestors 'none'/);
  expect(head).toMatch(/\r\nx-request-id: [0-9a-f-]{36}\r\n/);
  expect(head).not.toMatch(/x-powered-by|\r\nserver:|set-cookie/i);
});

describe('the request id', () => {
  test('of the client is used in the response, for the executor and in the log', async () => {
    const { url, handled, lines } = await serve();
    const id = `A-z.0_${'9'.repeat(58)}`;

    const response = await post(url, '{}', { 'x-request-id': id });

    expect(response.headers.get('x-request-id')).toBe(id);
    expect(handled[0]?.requestId).toBe(id);
    expect(lines[0]?.['requestId']).toBe(id);
  });

  test.each(['', 'a b', 'a'.repeat(65), 'ä', 'a"b', '../a'])(
    '%j of the client is replaced by a new UUID',
    async (id) => {
      const { url } = await serve();

      const given = (await post(url, '{}', { 'x-request-id': id })).headers.get('x-request-id');

      expect(given).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    },
  );

  test('is a new UUID where the client sends two', async () => {
    const { port } = await serve();

    const text = await exchange(
      port,
      requestText('GET /healthz', [last, 'x-request-id: a', 'x-request-id: b']),
    );

    expect(text).toMatch(/x-request-id: [0-9a-f-]{36}\r\n/);
  });
});

describe('the log', () => {
  test('has one line for each request, with the report of the executor', async () => {
    const report = { operation: 'Me', outcome: 'OK', sessionMs: 0.5 };
    const { url, lines } = await serve({ handle: () => ({ ...fine, report }) });

    await post(url, '{}', { 'x-request-id': 'one' });

    expect(lines).toEqual([
      {
        level: 30,
        time: expect.any(Number) as unknown,
        pid: expect.any(Number) as unknown,
        hostname: expect.any(String) as unknown,
        msg: 'request',
        requestId: 'one',
        method: 'POST',
        path: '/graphql',
        status: 200,
        durationMs: expect.any(Number) as unknown,
        operation: 'Me',
        outcome: 'OK',
        sessionMs: 0.5,
      },
    ]);
  });

  test('contains no text that a client sent', async () => {
    const { port, lines } = await serve({
      corsOrigins: ['https://a.example'],
      development: true,
      hostNames: ['x'],
    });
    const marks = [
      requestText(
        'POST /graphql',
        [json, last, 'authorization: Bearer marked', 'cookie: marked'],
        '{"query":"marked"}',
      ),
      requestText(
        'POST /graphql?token=marked',
        [json, last, 'user-agent: marked', 'origin: marked'],
        '{"marked',
      ),
      requestText('GET /graphql?query=marked&variables=marked', [
        last,
        'referer: marked',
        'x-request-id: marked;',
      ]),
      requestText('GET /reset/marked', [last]),
      requestText('GET http://marked/marked', [last]),
      requestText('MARKED /', [last]),
      'marked\r\n\r\n',
    ];

    const answers = await Promise.all(marks.map((bytes) => exchange(port, bytes)));

    expect(lines).toHaveLength(marks.length);
    expect(JSON.stringify(lines)).not.toContain('marked');
    expect(answers.join('')).not.toContain('marked');
  });

  test('has a line for each request of a connection', async () => {
    const { port, lines } = await serve();
    const client = await dial(port);

    client.send(requestText('GET /healthz').repeat(3));

    await expect.poll(() => lines.length).toBe(3);
    expect(new Set(lines.map((line) => line['requestId'])).size).toBe(3);
  });
});
