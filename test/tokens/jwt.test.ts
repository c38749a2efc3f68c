// The JWT form of session and link tokens: every text that this server did not sign is refused.

import { createSign, createVerify, generateKeyPairSync, subtle } from 'node:crypto';

import fc from 'fast-check';
import jsonwebtoken from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';

import { type JwtForm, readJwt, signJwt } from '../../src/tokens/jwt.js';
import { createKeyring } from '../../src/tokens/keyring.js';
import { encode, handmade, linkKey, secret, sessionKey, sign, wrongValues } from './handmade.js';

const keys = createKeyring(secret, null).sessionTokens;
const form: JwtForm = { keys, typ: 'at+jwt', issuer: 'hufu', audience: 'the api' };
const header = { alg: 'HS256', typ: 'at+jwt', kid: keys.current.kid };
const payload = { iss: 'hufu', aud: 'the api', sub: 'somebody', iat: 1_769_851_800 };
const genuine = handmade(header, payload);
const read = (token: string) => readJwt(form, token);

describe('a signed token', () => {
  it('is accepted, and returns its claims', () => {
    expect(read(genuine)).toEqual(payload);
    expect(signJwt(form, { sub: 'somebody', iat: 1_769_851_800 })).toBe(genuine);
  });

  it('is accepted by other libraries with its key', async () => {
    const token = signJwt(form, { sub: 'somebody', iat: 1_769_851_800 });
    expect(jsonwebtoken.verify(token, sessionKey, { issuer: 'hufu', audience: 'the api' })).toMatchObject(
      payload,
    );

    const [head = '', body = '', signature = ''] = token.split('.');
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await subtle.importKey('raw', sessionKey, algorithm, false, ['verify']);
    const signed = Buffer.from(`${head}.${body}`);
    expect(await subtle.verify('HMAC', key, Buffer.from(signature, 'base64url'), signed)).toBe(true);
  });

  it('is accepted up to 4096 bytes, and refused beyond', () => {
    // White space in the header reaches the lengths that base64url skips.
    const lengthened = [0, 1, 2].flatMap((spaces) =>
      Array.from({ length: 40 }, (_, more) =>
        handmade(JSON.stringify(header) + ' '.repeat(spaces), { ...payload, more: 'x'.repeat(2_880 + more) }),
      ),
    );
    const ofLength = (length: number) => lengthened.find((token) => token.length === length) ?? '';
    expect(ofLength(4_097)).not.toBe('');
    expect(read(ofLength(4_096))).toMatchObject(payload);
    expect(read(ofLength(4_097))).toBeNull();
  });

  it('is accepted with any `iat` and `nbf`, since the clock of the signing node may differ', () => {
    const claims = { ...payload, iat: 4_000_000_000, nbf: 4_000_000_000 };
    expect(read(handmade(header, claims))).toEqual(claims);
  });
});

describe('an altered token', () => {
  it('is refused with any bit flipped', () => {
    for (let at = 0; at < genuine.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = String.fromCharCode(genuine.charCodeAt(at) ^ (1 << bit));
        expect(read(genuine.slice(0, at) + flipped + genuine.slice(at + 1))).toBeNull();
      }
    }
  });

  it('is refused when it is cut, lengthened, padded or reordered', () => {
    const [head = '', body = '', signature = ''] = genuine.split('.');
    const others = [
      '',
      '.',
      '..',
      head,
      `${head}.${body}`,
      `${head}.${body}.`,
      `${genuine}.`,
      `${genuine}=`,
      `${genuine} `,
      `${genuine}\n`,
      ` ${genuine}`,
      `Bearer ${genuine}`,
      `${genuine}.${signature}`,
      `${head}.${body}.${signature}.${signature}.${signature}`,
      `${head}=.${body}.${signature}`,
      `.${body}.${signature}`,
      `${head}..${signature}`,
      `${body}.${head}.${signature}`,
      genuine.slice(0, -1),
      genuine.slice(1),
      `${genuine}A`,
      encodeURIComponent(` ${genuine}`),
    ];
    for (const other of others) expect(read(other), other).toBeNull();
  });

  it('is refused when its base64url is not canonical, although its signature is valid', () => {
    const resigned = (body: string) => sign(`${encode(header)}.${body}`);
    expect(read(resigned(encode(payload)))).toEqual(payload);

    // Two stray bits: the last character of a group of two or three has bits that decode to nothing.
    const strayed = encode(`${JSON.stringify(payload)} `);
    const last = strayed.length % 4 === 0 ? encode(`${JSON.stringify(payload)}  `) : strayed;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const stray = last.slice(0, -1) + (alphabet[alphabet.indexOf(last.at(-1) ?? '') + 1] ?? '');
    expect(Buffer.from(stray, 'base64url')).toEqual(Buffer.from(last, 'base64url'));
    expect(read(resigned(last))).toEqual(payload);
    expect(read(resigned(stray))).toBeNull();

    const padded = last + '='.repeat(4 - (last.length % 4));
    expect(read(resigned(padded))).toBeNull();

    const slashed = { ...payload, text: '???>>>' };
    const standard = encode(slashed).replaceAll('-', '+').replaceAll('_', '/');
    expect(standard).toMatch(/[+/]/);
    expect(read(resigned(encode(slashed)))).toEqual(slashed);
    expect(read(resigned(standard))).toBeNull();
  });
});

describe('a forged token', () => {
  it('is refused when it is signed with another key, also with the secret itself', () => {
    for (const key of [
      '',
      secret,
      linkKey,
      sessionKey.toString('hex'),
      sessionKey.subarray(1),
      secret.slice(0, -1),
      `${secret} `,
      secret.normalize('NFD'),
      'hufu',
      keys.current.kid,
    ]) {
      expect(read(handmade(header, payload, key))).toBeNull();
    }
  });

  it('is refused with any algorithm but HS256', () => {
    const unsigned = `${encode({ ...header, alg: 'none' })}.${encode(payload)}.`;
    expect(read(unsigned)).toBeNull();
    expect(read(unsigned + 'A'.repeat(43))).toBeNull();
    for (const alg of [
      'none',
      'None',
      'NONE',
      'hs256',
      'HS256 ',
      'HS384',
      'HS512',
      'RS256',
      'ES256',
      'PS256',
      'EdDSA',
    ]) {
      expect(read(handmade({ ...header, alg }, payload)), alg).toBeNull();
    }
    // Valid signatures with the right key, by another algorithm.
    expect(read(handmade({ ...header, alg: 'HS384' }, payload, sessionKey, 'sha384'))).toBeNull();
    expect(read(handmade({ ...header, alg: 'HS512' }, payload, sessionKey, 'sha512'))).toBeNull();
    expect(read(handmade(header, payload, sessionKey, 'sha512'))).toBeNull();
  });

  it('is refused when a key pair signs it, also with the public key as HMAC secret', () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const signed = `${encode({ ...header, alg: 'RS256' })}.${encode(payload)}`;
    const signature = createSign('sha256').update(signed).sign(pair.privateKey);
    expect(createVerify('sha256').update(signed).verify(pair.publicKey, signature)).toBe(true);
    expect(read(`${signed}.${signature.toString('base64url')}`)).toBeNull();
    expect(read(handmade(header, payload, pem))).toBeNull();
    expect(read(handmade({ ...header, alg: 'RS256' }, payload, pem))).toBeNull();
    expect(read(handmade({ ...header, jwk: pair.publicKey.export({ format: 'jwk' }) }, payload))).toBeNull();
  });

  it('is refused with other header fields or values, although its signature is valid', () => {
    const more = {
      crit: ['exp'],
      jwk: { kty: 'oct', k: encode(secret) },
      jku: 'https://example.com/keys',
      x5u: 'https://example.com/chain',
      x5c: [],
      b64: true,
      cty: 'JWT',
      zip: 'DEF',
      nonsense: 1,
    };
    for (const [name, value] of Object.entries(more)) {
      expect(read(handmade({ ...header, [name]: value }, payload)), name).toBeNull();
    }
    expect(read(handmade({ ...header, b64: false, crit: ['b64'] }, payload))).toBeNull();
    for (const name of Object.keys(header)) {
      for (const value of [...wrongValues, 'JWT', 'at+JWT', 'application/at+jwt', ['HS256']]) {
        expect(
          read(handmade({ ...header, [name]: value }, payload)),
          `${name} ${JSON.stringify(value)}`,
        ).toBeNull();
      }
      // The right number of names, one of them wrong.
      expect(read(handmade({ ...header, [name]: undefined, cty: 'JWT' }, payload)), name).toBeNull();
    }
    for (const text of ['', 'null', '[]', '"HS256"', '1', '{', '\u{feff}{}']) {
      expect(read(handmade(text, payload)), text).toBeNull();
    }
    // The names may have any order.
    const { alg, typ, kid } = header;
    expect(read(handmade({ kid, typ, alg }, payload))).toEqual(payload);
  });

  it('is refused with another issuer or audience, although its signature is valid', () => {
    const others = [
      ...wrongValues,
      'Hufu',
      'hufu ',
      'the api ',
      'the',
      ['hufu'],
      ['the api'],
      ['the api', 'hufu'],
      { 0: 'hufu' },
    ];
    for (const name of ['iss', 'aud']) {
      for (const value of others) {
        const token = handmade(header, { ...payload, [name]: value });
        expect(read(token), `${name} ${JSON.stringify(value)}`).toBeNull();
      }
    }
  });

  it('is refused when its payload is no object, although its signature is valid', () => {
    for (const text of [
      '',
      'null',
      '1',
      '"hufu"',
      '[]',
      '{',
      'iss=hufu',
      '[{"iss":"hufu","aud":"the api"}]',
    ]) {
      expect(read(handmade(header, text)), text).toBeNull();
    }
  });
});

describe('any text as a token', () => {
  const base64url = fc
    .uint8Array({ maxLength: 100 })
    .map((bytes) => Buffer.from(bytes).toString('base64url'));

  it('is refused and never throws', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 500 }),
      fc.tuple(base64url, base64url, base64url).map((parts) => parts.join('.')),
      fc.array(fc.oneof(base64url, fc.constantFrom(...genuine.split('.')))).map((parts) => parts.join('.')),
      fc.string({ minLength: 1, maxLength: 10 }).map((text) => text.repeat(5_000)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(text !== genuine);
        expect(read(text)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('is refused and never throws when it is signed JSON of any shape', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (head, body) => {
        expect(read(handmade(head, payload))).toBeNull();
        expect(read(handmade(JSON.stringify(header), JSON.stringify(body)))).toBeNull();
      }),
      { numRuns: 200 },
    );
  });
});
