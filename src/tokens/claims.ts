// The exact forms of the claims, and whether a token has expired. Claims of a form that this server never writes are
// forged, even where their signature is right.

import { type Verified } from './jwt.js';

/** The claims that every token has, in whole seconds since 1970 (RFC 7519, section 2, NumericDate). */
export interface TimedClaims {
  readonly iat: number;
  readonly exp: number;
}

/** The last second of the year 9999. */
const lastSecond = 253_402_300_799;

const uuidV4 = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

/** Whether the value is a uuid v4 in its one canonical spelling, lower-case with hyphens. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && uuidV4.test(value);
}

/** Whether the value is a moment in whole seconds, after 1970 began and before the year 10000. */
export function isSeconds(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= lastSecond;
}

/** The whole seconds of a moment, rounded down. */
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
