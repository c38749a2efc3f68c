// Reads a remote Hufu's answers about tokens, as plain values. The shapes are parts of the package's own, so that a resolver does
// not notice which of them it works with.

import { isRecord } from '../common/records.js';
import type { RejectedSession, Session } from '../sessions/types.js';
import type { User } from '../users/types.js';

export type RemoteSession = Pick<
  Session,
  'id' | 'userId' | 'methods' | 'provedAt' | 'signedInAt' | 'expiresAt'
>;

export interface RemoteUser extends Pick<User, 'id' | 'email' | 'methods'> {
  readonly emailVerified: boolean;
}

/** Hufu cannot tell, or does not answer. */
export interface Unavailable {
  readonly kind: 'unavailable';
}

export type RemoteOutcome =
  | { readonly kind: 'anonymous' }
  | RejectedSession
  | {
      readonly kind: 'active';
      readonly session: RemoteSession;
      readonly user: RemoteUser;
      /** The time by Hufu's clock: this machine's may be wrong. */
      readonly now: () => Date;
    }
  | Unavailable;

export const anonymous: RemoteOutcome = { kind: 'anonymous' };
export const unavailable: Unavailable = { kind: 'unavailable' };

/** How a session ended for one that watches it. */
export type RemoteEnd = RejectedSession | Unavailable;

/** The outcome of a token that is none of Hufu's. */
export const invalidToken: RejectedSession = {
  kind: 'rejected',
  reason: 'INVALID_TOKEN',
  sessionId: null,
  at: null,
  by: null,
};

export const malformed: RejectedSession = { ...invalidToken, isMalformed: true };

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads one answer of an introspection.
 *
 * @param now the time by Hufu's clock
 * @throws TypeError for an answer that is not one of Hufu
 */
export function readOutcome(answer: unknown, now: () => Date): RemoteOutcome {
  if (!isRecord(answer)) throw notOurs();
  if (answer['active'] !== true) return readEnd(answer['hufu']);
  const { sub, sid, exp, iat, auth_time: authTime, email, email_verified: emailVerified } = answer;
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof email !== 'string') throw notOurs();
  return {
    kind: 'active',
    session: {
      id: sid,
      userId: sub,
      methods: toMethods(answer['methods']),
      provedAt: toMoment(authTime),
      signedInAt: toMoment(iat),
      expiresAt: toMoment(exp),
    },
    user: {
      id: sub,
      email,
      emailVerified: emailVerified === true,
      methods: toMethods(answer['user_methods']),
    },
    now,
  };
}

/** Reads why a session is over; services without the scope `explain` are not told. */
export function readEnd(value: unknown, sessionId: string | null = null): RejectedSession {
  if (!isRecord(value) || typeof value['reason'] !== 'string') return { ...invalidToken, sessionId };
  const { reason, at, by } = value as Json & { readonly reason: RejectedSession['reason'] };
  return {
    kind: 'rejected',
    reason,
    sessionId,
    at: typeof at === 'string' ? new Date(at) : null,
    by: isRecord(by) ? (by as unknown as RejectedSession['by']) : null,
  };
}

function toMethods(value: unknown): User['methods'] {
  if (!Array.isArray(value)) throw notOurs();
  return value as User['methods'];
}

function toMoment(seconds: unknown): Date {
  if (typeof seconds !== 'number') throw notOurs();
  return new Date(seconds * 1_000);
}

function notOurs(): TypeError {
  return new TypeError('the answer is not one of Hufu');
}
