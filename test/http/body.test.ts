import { setTimeout as wait } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { dial, exchange, json, last, post, rawRefusal, refusal, requestText, serve } from './harness.js';

const maxBytes = 102_400;

/** Makes a JSON object of exactly this size. */
const objectOf = (bytes: number) => `{"query":"${'x'.repeat(bytes - 12)}"}`;

describe('a body that is no JSON object in UTF-8 is refused, and the server keeps serving', () => {
  const cases: readonly (readonly [string, string | Uint8Array, number, RegExp])[] = [
    ['nothing', '', 400, /empty/],
    ['half an object', '{"query":', 400, /not valid JSON/],
    ['a single quote', "{'query':1}", 400, /not valid JSON/],
    ['a text', '"marked-secret"', 400, /must be a JSON object/],
    ['a number', '7', 400, /must be a JSON object/],
    ['null', 'null', 400, /must be a JSON object/],
    ['an empty batch', '[]', 400, /Batches are not supported/],
    ['a batch', '[{"query":"{ marked-secret }"}]', 400, /Batches are not supported/],
    ['a lone continuation byte', Uint8Array.of(0x7b, 0x80, 0x7d), 400, /not valid UTF-8/],
    ['an over-long form', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), 400, /not valid UTF-8/],
    ['a surrogate', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 400, /not valid UTF-8/],
    ['a cut character', Uint8Array.of(0x22, 0xe2, 0x82), 400, /not valid UTF-8/],
    ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 400, /not valid UTF-8/],
    ['100,000 brackets', '['.repeat(100_000), 400, /nests too deeply/],
    [
      '30,000 empty objects',
      `{"query":"{ me }","variables":{"a":[${'{},'.repeat(30_000)}{}]}}`,
      400,
      /too many parts/,
    ],
    ['one byte too many', objectOf(maxBytes + 1), 413, /too large/],
  ];

  test.each(cases)('%s', async (_name, body, status, message) => {
    const { url, handled } = await serve();

    const answer = await refusal(await post(url, body));

    expect(answer).toMatchObject({ status, code: 'BAD_USER_INPUT' });
    expect(answer.message).toMatch(message);
    expect(JSON.stringify(answer)).not.toContain('marked-secret');
    expect(handled).toEqual([]);
    expect((await post(url, '{"query":"{ ok }"}')).status).toBe(200);
  });
});

describe('the executor receives a JSON object in UTF-8', () => {
  test.each([
    ['of the largest size', objectOf(maxBytes), { query: 'x'.repeat(maxBytes - 12) }],
    ['with a byte order mark', '\ufeff{"query":"é"}', { query: 'é' }],
    ['with a NUL and a lone surrogate', '{"query":"\\u0000\\ud800"}', { query: '\0\ud800' }],
    ['without a property', '{}', {}],
  ])('%s', async (_name, body, value) => {
    const { url, handled } = await serve();

    expect((await post(url, body)).status).toBe(200);

    expect(handled[0]?.body).toEqual(value);
  });

  test('that arrives in pieces of one byte', async () => {
    const { port, handled } = await serve();
    const client = await dial(port);
    const body = Buffer.from('{"query":"Grüße, 世界 👋"}');
    client.send(
      requestText('POST /graphql', [json, last, `content-length: ${String(body.length)}`], undefined),
    );

    for (const byte of body) {
      client.send(Uint8Array.of(byte));
      await wait(1);
    }

    expect(await client.ended()).toMatch(/^HTTP\/1\.1 200 /);
    expect(handled[0]?.body).toEqual({ query: 'Grüße, 世界 👋' });
  });

  test('that arrives in chunks', async () => {
    const { port, handled } = await serve();
    const head = requestText('POST /graphql', [json, last, 'transfer-encoding: chunked']);

    expect(await exchange(port, `${head}7\r\n{"query\r\n8\r\n":"ok"}\r\n0\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 400 /,
    );
    expect(await exchange(port, `${head}7\r\n{"query\r\n7\r\n":"ok"}\r\n0\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 200 /,
    );
    expect(handled.map(({ body }) => body)).toEqual([{ query: 'ok' }]);
  });
});

describe('a body is refused unread by its headers', () => {
  test.each([
    [{ 'content-type': 'text/plain' }, /application\/json/],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, /application\/json/],
    [{ 'content-type': 'application/graphql' }, /application\/json/],
    [{ 'content-type': 'application/json; charset=iso-8859-1' }, /UTF-8/],
    [{ 'content-encoding': 'gzip' }, /content coding/],
    [{ 'content-encoding': 'identity, br' }, /content coding/],
  ])('%j', async (headers, message) => {
    const { url, handled } = await serve();

    const answer = await refusal(await post(url, '{"query":"{ ok }"}', headers));

    expect(answer).toMatchObject({ status: 415, code: 'BAD_USER_INPUT' });
    expect(answer.message).toMatch(message);
    expect(answer.headers.get('accept-encoding')).toBe('content-encoding' in headers ? 'identity' : null);
    expect(handled).toEqual([]);
  });

  test('without a content type', async () => {
    const { port } = await serve();

    expect(rawRefusal(await exchange(port, requestText('POST /graphql', [last], '{}'))).status).toBe(415);
  });

  test('the connection stays usable after a short body that was refused unread', async () => {
    const { port } = await serve();
    const client = await dial(port);

    client.send(requestText('POST /graphql', ['content-type: text/plain'], 'x'.repeat(50_000)));
    await client.has(/HTTP\/1\.1 415 [^]*\}\n/);
    client.send(requestText('POST /graphql', [json, last], '{}'));

    expect(await client.ended()).toMatch(/HTTP\/1\.1 200 /);
  });
});

describe('a body that is too large', () => {
  const megabytes = 'x'.repeat(5_000_000);

  test.each([
    ['by its content-length', requestText('POST /graphql', [json], megabytes)],
    [
      'in chunks',
      `${requestText('POST /graphql', [json, 'transfer-encoding: chunked'])}4c4b40\r\n${megabytes}\r\n0\r\n\r\n`,
    ],
    ['to an unknown path', requestText('POST /nowhere', [json], megabytes)],
  ])('%s: the client gets the response instead of a reset', async (name, bytes) => {
    const { port } = await serve();

    const answers = await Promise.all(Array.from({ length: 10 }, () => exchange(port, bytes)));

    for (const answer of answers.map(rawRefusal)) {
      expect(answer.status).toBe(name.includes('path') ? 404 : 413);
      expect(answer.headers.get('connection')).toBe('close');
    }
  });

  test('the server ends the connection even while the client keeps sending', async () => {
    const { port } = await serve();
    const client = await dial(port);
    client.send(requestText('POST /graphql', [json, 'content-length: 1000000000']));
    const drip = setInterval(() => {
      client.send('x');
    }, 10);

    const text = await client.ended();
    clearInterval(drip);

    expect(rawRefusal(text).status).toBe(413);
  });
});

describe('Expect: 100-continue', () => {
  const expecting = 'expect: 100-continue';

  test('the server asks for a body that it will read', async () => {
    const { port, handled } = await serve();
    const client = await dial(port);

    client.send(requestText('POST /graphql', [json, last, expecting, 'content-length: 2']));
    expect(await client.has(/\r\n\r\n/)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    client.send('{}');

    expect(await client.ended()).toMatch(/ 200 OK\r\n/);
    expect(handled).toHaveLength(1);
  });

  test.each([
    ['too large', requestText('POST /graphql', [json, expecting, 'content-length: 200000']), 413],
    [
      'of another type',
      requestText('POST /graphql', ['content-type: a/b', expecting, 'content-length: 2']),
      415,
    ],
    ['for an unknown path', requestText('POST /nowhere', [json, expecting, 'content-length: 2']), 404],
  ])('the server does not ask for a body that is %s', async (_name, bytes, status) => {
    const { port } = await serve();

    const answer = rawRefusal(await exchange(port, bytes));

    expect(answer.status).toBe(status);
    expect(answer.headers.get('connection')).toBe('close');
  });

  test('the server refuses any other expectation with 417', async () => {
    const { port } = await serve();

    expect(
      rawRefusal(await exchange(port, requestText('POST /graphql', [json, last, 'expect: a-miracle'], '{}')))
        .status,
    ).toBe(417);
  });
});
