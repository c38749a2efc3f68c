// How old a session's proof may be for what is done under it. A thief with a token can use a session as it is, but what
// changes a way in needs a proof of a short while ago.

import type { AuthenticationMethod } from '../users/types.js';
import type { Session } from './types.js';

/** How old the proof may be for what changes a way in, in seconds. */
export const maxProofAgeSeconds = 600;

export interface Freshness {
  /** How old the proof may be, in seconds. */
  readonly withinSeconds: number;
  /** One of these must have been part of the proof; empty where any proof will do. */
  readonly factors: readonly AuthenticationMethod[];
}

/** The methods that prove a second factor, beside another method or by themselves. */
const secondFactors: readonly AuthenticationMethod[] = ['TOTP', 'RECOVERY_CODE', 'PASSKEY'];

/**
 * Tells whether a session has proved as much as a sign-in of its user takes now. A session from before the user added an
 * authenticator app has not, and may be a thief's who has the password.
 */
export function hasRequiredFactors(
  { methods }: Pick<Session, 'methods'>,
  user: { readonly methods: readonly AuthenticationMethod[] },
): boolean {
  return !user.methods.includes('TOTP') || secondFactors.some((factor) => methods.includes(factor));
}

/** Tells whether the proof of a session is as fresh as an act needs. */
export function isFresh(
  { provedAt, methods }: Pick<Session, 'provedAt' | 'methods'>,
  { withinSeconds, factors }: Freshness,
  now: Date,
): boolean {
  const isYoung = now.getTime() - provedAt.getTime() < withinSeconds * 1_000;
  return isYoung && (factors.length === 0 || factors.some((factor) => methods.includes(factor)));
}
