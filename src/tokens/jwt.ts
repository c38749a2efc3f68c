// The form of session tokens and of links: a compact JWT, signed by HS256 with the key of its kind. Only the exact form that
// this server signs is accepted. Claims of a form that it never writes are forged, even where their signature is right.

import jsonwebtoken from 'jsonwebtoken';

import { isRecord } from '../common/records.js';
import { type Keys } from './keyring.js';

/** The result of verifying a token. Only a token whose signature verified is `expired`. */
export type Verified<Claims> =
  | { readonly kind: 'valid'; readonly claims: Claims }
  | { readonly kind: 'expired'; readonly claims: Claims }
  | { readonly kind: 'invalid' };

/** The parts of every token of one kind, apart from its own claims. */
export interface JwtForm {
  readonly keys: Keys;
  readonly typ: string;
  readonly issuer: string;
  readonly audience: string;
}

/** The longest token that is read, in bytes. */
const maxTokenBytes = 4_096;

/** Header, payload, and the 32 bytes of an HS256 signature (RFC 7515, section 7.1); no padding. */
const compactForm = /^([\w-]+)\.([\w-]+)\.([\w-]{43})$/;

const headerNames = ['alg', 'kid', 'typ'];

/** Claims to sign; without an `iat` the library would read the machine's clock. */
export type ClaimsToSign = Readonly<Record<string, string | number>> & { readonly iat: number };

/** Signs the claims with the current key; the same claims always give the same token. */
export function signJwt(form: JwtForm, claims: ClaimsToSign): string {
  const { kid, key } = form.keys.current;
  const payload = { iss: form.issuer, aud: form.audience, ...claims };
  return jsonwebtoken.sign(payload, key, {
    algorithm: 'HS256',
    header: { alg: 'HS256', typ: form.typ, kid },
  });
}

/**
 * Reads a token that a client presented; never throws, whatever the text is.
 *
 * @returns the claims, of which signature, issuer and audience have been verified and nothing else; null when the
 *   token is not of this form
 */
export function readJwt(form: JwtForm, token: string): Readonly<Record<string, unknown>> | null {
  // Every character of a token takes one byte.
  if (token.length > maxTokenBytes) return null;
  const segments = compactForm.exec(token)?.slice(1);
  if (segments?.every(isCanonical) !== true) return null;
  const key = findKey(form, segments[0] ?? '');
  if (key === undefined) return null;

  try {
    const claims: unknown = jsonwebtoken.verify(token, key, {
      algorithms: ['HS256'],
      issuer: form.issuer,
      audience: form.audience,
      // Each kind judges the time itself, since an expired token gets another answer than a forged one.
      ignoreExpiration: true,
      ignoreNotBefore: true,
    });
    // The library also accepts a list that holds the audience, and a payload that is no object.
    return isRecord(claims) && claims['aud'] === form.audience ? claims : null;
  } catch {
    return null;
  }
}

/** Tells whether no other text decodes to the same bytes: with stray bits at the end, one token would have many spellings. */
function isCanonical(segment: string): boolean {
  return Buffer.from(segment, 'base64url').toString('base64url') === segment;
}

/**
 * Finds the key that the header names. The header must have the three names that this server writes and no other: `crit`
 * (RFC 7515, section 4.1.11) and keys that a token brings along (`jwk`, `jku`, `x5u`) are never accepted.
 */
function findKey(form: JwtForm, segment: string): ReturnType<Keys['find']> {
  let header: unknown;
  try {
    header = JSON.parse(Buffer.from(segment, 'base64url').toString());
  } catch {
    return undefined;
  }
  if (!isRecord(header) || Object.keys(header).sort().join() !== headerNames.join()) return undefined;
  const { alg, typ, kid } = header;
  return alg === 'HS256' && typ === form.typ && typeof kid === 'string' ? form.keys.find(kid) : undefined;
}

/** The claims that every token has, in whole seconds since 1970 (RFC 7519, section 2, NumericDate). */
export interface TimedClaims {
  readonly iat: number;
  readonly exp: number;
}

/** The last second of the year 9999. */
const lastSecond = 253_402_300_799;

const uuidV4 = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

/** Tells whether the value is a uuid v4 in its one canonical spelling, lower-case with hyphens. */
export function isCanonicalUuid(value: unknown): value is string {
  return typeof value === 'string' && uuidV4.test(value);
}

/** Tells whether the value is a moment in whole seconds, after 1970 began and before the year 10000. */
export function isSeconds(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= lastSecond;
}

/** Returns the whole seconds of a moment, rounded down. */
export function toSeconds(moment: Date): number {
  return Math.floor(moment.getTime() / 1_000);
}

/**
 * Judges claims whose signature has verified, each time they are used. It does not compare `iat` with the time, since the
 * node that signed the token may have had another clock.
 */
export function judgeAt<Claims extends TimedClaims>(claims: Claims, now: Date): Verified<Claims> {
  return { kind: now.getTime() < claims.exp * 1_000 ? 'valid' : 'expired', claims };
}
