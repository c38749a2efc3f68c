// How old a session's proof may be for what is done under it. A thief with a token can use a session as it is, but what
// changes a way in needs a proof of a short while ago.

import type { AuthenticationMethod } from '../users/users.js';
import type { Session } from './types.js';

/** How old the proof may be for what changes a way in, in seconds. */
export const maxProofAgeSeconds = 600;

export interface Freshness {
  /** How old the proof may be, in seconds. */
  readonly withinSeconds: number;
  /** One of these must have been part of the proof; empty where any proof will do. */
  readonly factors: readonly AuthenticationMethod[];
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
