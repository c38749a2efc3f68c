// Tokens made without the code under test and without its library: any header, any payload, any HMAC key.

import { createHmac } from 'node:crypto';

export const secret = 'correct-horse-battery-staple-sécret';

export function encode(part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

/** Adds its signature to a text that is encoded already. */
export function sign(signed: string, key: string = secret, hash = 'sha256'): string {
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
}

/** A compact JWT of these parts; a part that is a text is taken as the JSON itself. */
export function handmade(header: unknown, payload: unknown, key: string = secret, hash = 'sha256'): string {
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
