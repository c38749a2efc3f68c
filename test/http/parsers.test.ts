// The parsers of requests, with random inputs.

import { isIP } from 'node:net';
import { TextEncoder } from 'node:util';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { isTooComplex, parseBody } from '../../src/http/body.js';
import { plainIp } from '../../src/http/clientIp.js';
import { isIdentity, isJson, readBearer, readRequestId } from '../../src/http/requestHeaders.js';
import { parseTarget } from '../../src/http/requestHandler.js';

/** A header value as Node gives it: latin1 without control characters, trimmed. */
const headerValue = fc
  .string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) })
  .map((value) => value.replace(/^[ \t]+|[ \t]+$/g, ''));

const once = (value: string) => readBearer(value, ['Authorization', value]);

describe('readBearer', () => {
  const token = fc.stringMatching(/^[A-Za-z0-9._~+/-]+=*$/);
  const scheme = fc
    .array(fc.boolean(), { minLength: 6, maxLength: 6 })
    .map((upper) =>
      Array.from('bearer', (letter, at) => (upper[at] === true ? letter.toUpperCase() : letter)).join(''),
    );

  test('returns every well-formed token, in any case of the scheme', () => {
    fc.assert(
      fc.property(scheme, fc.integer({ min: 1, max: 3 }), token, (name, spaces, value) => {
        expect(once(`${name}${' '.repeat(spaces)}${value}`)).toBe(value);
      }),
    );
  });

  test('returns no token from any other header, and never throws', () => {
    fc.assert(
      fc.property(headerValue, (value) => {
        const read = once(value);
        if (read !== null && read !== '') expect(value.toLowerCase().startsWith('bearer ')).toBe(true);
        if (read === null) expect(value).not.toMatch(/^bearer\b/i);
      }),
    );
  });

  test('refuses two Authorization lines with any content', () => {
    fc.assert(
      fc.property(headerValue, headerValue, (one, two) => {
        expect(readBearer(one, ['Host', 'x', 'authorization', one, 'AUTHORIZATION', two])).toBe('');
      }),
    );
  });

  test.each([
    [undefined, null],
    ['', null],
    ['Basic dXNlcjpwYXNz', null],
    ['Digest username="bearer x"', null],
    ['Bearer', ''],
    ['bearer', ''],
    ['Bearer a b', ''],
    ['Bearer a,b', ''],
    ['Bearer\ta', ''],
    ['Bearer "a"', ''],
    ['Bearer =a', ''],
    ['Bearer é', ''],
    ['eyJhbGciOiJIUzI1NiJ9.e30.x', ''],
    ['Basic', ''],
    [', Bearer a', ''],
    ['BearerX a', null],
  ])('reads %j as %j', (value, read) => {
    expect(value === undefined ? readBearer(value, ['Host', 'x']) : once(value)).toBe(read);
  });

  test('reads a header of 16 KB in less than 50 ms of CPU time', () => {
    const before = process.cpuUsage();
    for (const value of [
      `Bearer ${'a='.repeat(8_000)}`,
      `a${' '.repeat(16_000)}`,
      `Bearer${' '.repeat(16_000)}é`,
    ])
      once(value);
    expect(process.cpuUsage(before).user).toBeLessThan(50_000);
  });
});

describe('isJson', () => {
  test.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json ; charset="utf-8"',
    'application/json; charset=utf8',
    'application/json;',
    'application/json;; charset=utf-8 ;',
    'application/json; profile="a;charset=latin1"',
    'application/json; profile="a\\"b"; charset=utf-8',
  ])('accepts %s', (value) => {
    expect(isJson(value)).toBe(true);
  });

  test.each([
    '',
    'text/plain',
    'application/jsonp',
    'application/json5',
    'application/json, text/plain',
    'application/graphql-response+json',
    'application/json charset=utf-8',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; charset=latin1',
    'application/json; charset=""',
    'application/json; charset',
    'application/json; charset=',
    'application/json; charset="utf-8',
    'application/json\u00a0',
    ' application/json',
  ])('refuses %j', (value) => {
    expect(isJson(value)).toBe(false);
  });

  test('never throws, and accepts only values that begin with application/json', () => {
    const pieces = fc.constantFrom(
      'application/json',
      'text/plain',
      ';',
      ' ',
      '"',
      '\\',
      '=',
      'charset',
      'utf-8',
      ',',
      'x',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          headerValue,
          fc.array(pieces).map((parts) => parts.join('')),
        ),
        (value) => {
          if (isJson(value)) expect(value).toMatch(/^application\/json[ \t]*(?:;|$)/i);
        },
      ),
    );
  });

  test('reads a value of 16 KB and more in less than 100 ms of CPU time', () => {
    const before = process.cpuUsage();
    for (const piece of [';', '; a=b', '; a="\\\\', ' ', '"'])
      isJson(`application/json;${piece.repeat(16_000)}`);
    expect(process.cpuUsage(before).user).toBeLessThan(100_000);
  });
});

test.each([
  [undefined, true],
  ['', true],
  ['identity', true],
  ['Identity', true],
  ['gzip', false],
  ['identity, gzip', false],
  ['identity, identity', false],
])('isIdentity of the content coding %j is %j', (value, identity) => {
  expect(isIdentity(value)).toBe(identity);
});

test('readRequestId returns an id of 1 to 64 allowed characters, else a new UUID', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/), (id) => {
      expect(readRequestId(id)).toBe(id);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(headerValue, fc.string({ unit: 'binary', maxLength: 70 })), (id) => {
      expect(readRequestId(id)).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
    }),
  );
  expect(readRequestId('a\n')).not.toBe('a\n');
  expect(readRequestId(['a'])).toMatch(/^[0-9a-f-]{36}$/);
  expect(readRequestId(undefined)).not.toBe(readRequestId(undefined));
});

describe('plainIp', () => {
  test.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:c000:201', '::ffff:c000:201'],
  ])('turns %s into %s', (ip, plain) => {
    expect(plainIp(ip)).toBe(plain);
  });

  test('returns an IP for every IP', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6(),
          fc.ipV4().map((ip) => `::ffff:${ip}`),
        ),
        (ip) => {
          expect(isIP(plainIp(ip))).not.toBe(0);
        },
      ),
    );
  });
});

describe('parseTarget', () => {
  test.each([
    ['/graphql', '/graphql', ''],
    ['/graphql?', '/graphql', '?'],
    ['/graphql?a=b?c', '/graphql', '?a=b?c'],
    ['//graphql', '//graphql', ''],
    ['*', '*', ''],
    ['http://h/graphql?a', '/graphql', '?a'],
    ['HTTPS://h:1/', '/', ''],
    ['http://', '', ''],
    ['ftp://h/graphql', '', ''],
    ['graphql', '', ''],
    ['', '', ''],
  ])('%s', (url, path, search) => {
    expect(parseTarget(url)).toEqual({ path, search });
  });

  test('never throws, and keeps every character of a path', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl({ withQueryParameters: true }), fc.webPath()), (url) => {
        const { path, search } = parseTarget(url);
        if (url.startsWith('/')) expect(path + search).toBe(url);
      }),
    );
  });
});

describe('isTooComplex', () => {
  const nested = (levels: number, open: string, close: string) =>
    new TextEncoder().encode(`{"a":${open.repeat(levels)}1${close.repeat(levels)}}`);

  test.each([
    ['arrays', '[', ']'],
    ['objects', '{"b":', '}'],
  ])('allows 64 levels of %s', (_name, open, close) => {
    expect(isTooComplex(nested(63, open, close))).toBe(false);
    expect(isTooComplex(nested(64, open, close))).toBe(true);
    expect(isTooComplex(nested(20_000, open, ''))).toBe(true);
  });

  test('allows 2,000 lists and objects', () => {
    const parts = (count: number) => new TextEncoder().encode(`[${'{},'.repeat(count - 2)}{}]`);
    expect(isTooComplex(parts(2_000))).toBe(false);
    expect(isTooComplex(parts(2_001))).toBe(true);
  });

  test('does not count brackets in a string', () => {
    const text = JSON.stringify({ a: `\\"${'['.repeat(200)}\\` });
    expect(isTooComplex(new TextEncoder().encode(text))).toBe(false);
  });
});

describe('parseBody', () => {
  test('returns every JSON object as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        expect(parseBody(new TextEncoder().encode(text))).toEqual({
          kind: 'object',
          value: JSON.parse(text) as unknown,
        });
      }),
    );
  });

  test('returns an object or a refusal for any bytes, and keeps no state for the next body', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
        (bytes) => {
          const parsed = parseBody(bytes);
          if (parsed.kind === 'refused') expect(parsed.answer.status).toBe(400);
          expect(parseBody(Buffer.from('{"a":"é"}'))).toEqual({ kind: 'object', value: { a: 'é' } });
        },
      ),
    );
  });
});
