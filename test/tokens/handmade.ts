// Makes tokens without the code under test and without its library: any header, payload and HMAC key.

import { createHmac, hkdfSync } from 'node:crypto';

export const secret = 'correct-horse-battery-staple-sécret';

/** Derives the key of a secret for session tokens or links (RFC 5869, without a salt). */
export function keyOf(what: 'session tokens' | 'link tokens', of: string = secret): Buffer {
  return Buffer.from(hkdfSync('sha256', of, '', `hufu: ${what}`, 32));
}

/** Returns the `kid` of a key. */
export function nameOf(key: string | Buffer): string {
  return createHmac('sha256', key).update('kid').digest('base64url').slice(0, 16);
}

export const sessionKey = keyOf('session tokens');
export const linkKey = keyOf('link tokens');

export function encode(part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

/** Appends the signature to an encoded text. */
export function sign(signed: string, key: string | Buffer = sessionKey, hash = 'sha256'): string {
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
}

/** Makes a compact JWT, by default a session token; a part that is a text is used as the JSON itself. */
export function handmade(
  header: unknown,
  payload: unknown,
  key: string | Buffer = sessionKey,
  hash = 'sha256',
): string {
  return sign(`${encode(header)}.${encode(payload)}`, key, hash);
}

/** Values that no claim or header field can have, of every JSON type. */
export const wrongValues: readonly unknown[] = [
  undefined,
  null,
  true,
  '',
  '1',
  0,
  -1,
  1.5,
  2 ** 53,
  1e300,
  [],
  {},
  [1],
];
