// The form that both kinds of tokens share: what is no JWT of this server is refused, whatever it is.

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
  it('is taken, and has its claims', () => {
    expect(read(genuine)).toEqual(payload);
    expect(signJwt(form, { sub: 'somebody', iat: 1_769_851_800 })).toBe(genuine);
  });

  it('is verified by other programs that have its key', async () => {
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

  it('is taken up to 4096 bytes, and no further', () => {
    // White space in the header reaches the lengths that base64url would leap over.
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

  it('is taken whenever it was signed: the node that did it may have had another time', () => {
    const claims = { ...payload, iat: 4_000_000_000, nbf: 4_000_000_000 };
    expect(read(handmade(header, claims))).toEqual(claims);
  });
});

describe('an altered token', () => {
  it('is refused whichever bit was flipped', () => {
    for (let at = 0; at < genuine.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = String.fromCharCode(genuine.charCodeAt(at) ^ (1 << bit));
        expect(read(genuine.slice(0, at) + flipped + genuine.slice(at + 1))).toBeNull();
      }
    }
  });

  it('is refused when it was cut, lengthened, padded or put otherwise', () => {
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

  it('is refused when its base64url is not canonical, though the signature is right', () => {
    const signedAnew = (body: string) => sign(`${encode(header)}.${body}`);
    expect(read(signedAnew(encode(payload)))).toEqual(payload);

    // Two stray bits: the last character of three or two has some that are decoded to nothing.
    const strayed = encode(`${JSON.stringify(payload)} `);
    const last = strayed.length % 4 === 0 ? encode(`${JSON.stringify(payload)}  `) : strayed;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const stray = last.slice(0, -1) + (alphabet[alphabet.indexOf(last.at(-1) ?? '') + 1] ?? '');
    expect(Buffer.from(stray, 'base64url')).toEqual(Buffer.from(last, 'base64url'));
    expect(read(signedAnew(last))).toEqual(payload);
    expect(read(signedAnew(stray))).toBeNull();

    const padded = last + '='.repeat(4 - (last.length % 4));
    expect(read(signedAnew(padded))).toBeNull();

    const slashed = { ...payload, text: '???>>>' };
    const standard = encode(slashed).replaceAll('-', '+').replaceAll('_', '/');
    expect(standard).toMatch(/[+/]/);
    expect(read(signedAnew(encode(slashed)))).toEqual(slashed);
    expect(read(signedAnew(standard))).toBeNull();
  });
});

describe('a forged token', () => {
  it('is refused when another key signed it, the secret itself included', () => {
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
    // Right by themselves, under our very key.
    expect(read(handmade({ ...header, alg: 'HS384' }, payload, sessionKey, 'sha384'))).toBeNull();
    expect(read(handmade({ ...header, alg: 'HS512' }, payload, sessionKey, 'sha512'))).toBeNull();
    expect(read(handmade(header, payload, sessionKey, 'sha512'))).toBeNull();
  });

  it('is refused with a key pair of its own, also where the public key is used as a secret', () => {
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

  it('is refused when its header says more or less than ours, though the signature is right', () => {
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
      // As many names as there must be, one of them another.
      expect(read(handmade({ ...header, [name]: undefined, cty: 'JWT' }, payload)), name).toBeNull();
    }
    for (const text of ['', 'null', '[]', '"HS256"', '1', '{', '\u{feff}{}']) {
      expect(read(handmade(text, payload)), text).toBeNull();
    }
    // The order of the names is free.
    const { alg, typ, kid } = header;
    expect(read(handmade({ kid, typ, alg }, payload))).toEqual(payload);
  });

  it('is refused when its issuer or audience is not exactly ours, though the signature is right', () => {
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

  it('is refused when its payload is no object, though the signature is right', () => {
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

describe('any text at all', () => {
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

  it('is refused and never throws when it is signed JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (head, body) => {
        expect(read(handmade(head, payload))).toBeNull();
        expect(read(handmade(JSON.stringify(header), JSON.stringify(body)))).toBeNull();
      }),
      { numRuns: 200 },
    );
  });
});
