// Decides whether a request is signed in: the one decision that every request starts with. The session's row decides, and no row
// that was read for an earlier request ever answers.

import { and, eq, isNull, lt } from 'drizzle-orm';

import { ServiceUnavailableError } from '../common/errors.js';
import { sessions } from '../db/schema/index.js';
import { type SessionClaims } from '../tokens/sessionToken.js';
import { expireSession, expireInBackground } from './expire.js';
import { type FoundSession } from './lookup.js';
import { type SessionServices } from './services.js';
import { expiredReason, type SessionPolicy } from './slots.js';
import { type EndReason, type RejectedSession, type SessionOutcome, type Session } from './types.js';

/**
 * Resolves the token a request presented, with at most one indexed read.
 *
 * - `anonymous`: no token was presented.
 * - `rejected`: the token is not good; `reason` says why, the first that holds of INVALID_TOKEN, EXPIRED by the
 *   token, the row's own end, ACCOUNT_DISABLED, EXPIRED or IDLE by the row.
 * - `active`: the token is good and names its user.
 * - `unavailable`: the database cannot answer, so whether the token is good is not known.
 *
 * Never throws for a bad token. The end of an expired session is written before it is refused.
 *
 * @param token the compact JWT without its scheme, or null when none was presented
 */
export function authenticate(services: SessionServices, token: string | null): Promise<SessionOutcome> {
  if (token === null) return anonymous;
  if (token === '') return malformed;

  const verified = services.tokens.verify(token, services.clock.now());
  if (verified.kind === 'invalid') return Promise.resolve(invalid);
  // Until the database's time is known, a token may seem to have expired that has not.
  if (verified.kind === 'expired' && services.database.clock.isSet())
    return Promise.resolve(expiredByToken(services, verified.claims));
  return sessionState(services, verified.claims.sid, verified.claims);
}

const anonymous: Promise<SessionOutcome> = Promise.resolve({ kind: 'anonymous' });

/**
 * Returns the state of a session now, by its row, for a client that has proved before to hold its token. It does not count as a
 * use of the session. The outcomes are those of {@link authenticate}, never `anonymous`; never throws.
 */
export function sessionStateOf(services: SessionServices, id: string): Promise<SessionOutcome> {
  return sessionState(services, id, null);
}

/** Decides by a session's row. @param claims of the token that is used; null where none is */
async function sessionState(
  services: SessionServices,
  id: string,
  claims: SessionClaims | null,
): Promise<SessionOutcome> {
  try {
    const found = await services.lookup(id);
    if (found === null || (claims !== null && !matches(claims, found))) return invalid;
    // Looked at now: while the row was being read, the clock may have been set for the first time.
    const now = services.clock.now();
    if (isLive(found) && expiredReason(found.session, services.policy, now) !== null) {
      await expireSession(services, found.session);
      return judge((await services.lookup(id)) ?? found);
    }
    const outcome = judge(found);
    if (claims !== null && outcome.kind === 'active') touch(services, outcome.session, now);
    return outcome;
  } catch (error) {
    if (error instanceof ServiceUnavailableError) return { kind: 'unavailable' };
    throw error;
  }
}

const invalid: RejectedSession = {
  kind: 'rejected',
  reason: 'INVALID_TOKEN',
  sessionId: null,
  at: null,
  by: null,
};
const malformed: Promise<SessionOutcome> = Promise.resolve({ ...invalid, isMalformed: true });

/** Refuses an expired token without a look-up. The end of its session is written after the answer. */
function expiredByToken(services: SessionServices, claims: SessionClaims): RejectedSession {
  const { sid: sessionId, exp } = claims;
  expireInBackground(services, sessionId);
  return { kind: 'rejected', reason: 'EXPIRED', sessionId, at: new Date(exp * 1_000), by: null };
}

/** Tells whether the token is of this very sign-in and this user: the uuid alone does not decide. */
function matches(claims: SessionClaims, { session }: FoundSession): boolean {
  return (
    claims.sub === session.userId &&
    claims.authTime === Math.floor(session.signedInAt.getTime() / 1_000) &&
    claims.exp === Math.floor(session.expiresAt.getTime() / 1_000)
  );
}

function isLive({ session, user, disabledAt }: FoundSession): boolean {
  return session.endedAt === null && user !== null && disabledAt === null;
}

function judge(found: FoundSession): SessionOutcome {
  const { session, user, disabledAt } = found;
  if (session.endedAt !== null && session.endReason !== null) {
    const by = session.endReason === 'SUPERSEDED' ? found.supersededBy : null;
    return { ...rejected(session, session.endReason), at: session.endedAt, by };
  }
  if (disabledAt !== null) return { ...rejected(session, 'ACCOUNT_DISABLED'), at: disabledAt, by: null };
  if (user === null) return invalid;
  return { kind: 'active', session, user };
}

function rejected({ id: sessionId }: FoundSession['session'], reason: EndReason) {
  return { kind: 'rejected', reason, sessionId } as const;
}

const minuteMs = 60_000;

/** Writes `last_seen_at` when it is due. Never on an ended row, which stays as it is. */
export function touch(services: SessionServices, session: Session, now: Date): void {
  if (session.lastSeenAt.getTime() > now.getTime() - touchIntervalMs(services.policy)) return;

  services.background.run(
    'note that a session is in use',
    () =>
      services.database.read((db) =>
        db
          .update(sessions)
          .set({ lastSeenAt: now })
          .where(and(eq(sessions.id, session.id), isNull(sessions.endedAt), lt(sessions.lastSeenAt, now))),
      ),
    session.id,
  );
}

function touchIntervalMs(policy: SessionPolicy): number {
  return policy.idleSeconds === 0 ? minuteMs : Math.min(minuteMs, policy.idleSeconds * 100);
}

/** The session under which the act was begun has ended meanwhile; nothing was done. */
export interface SignedOut {
  readonly kind: 'signedOut';
  /** The state of the session now. */
  readonly outcome: Exclude<SessionOutcome, { kind: 'active' }>;
}

/**
 * Tells why a session is no longer live, once the lock has shown that it is not. The lock may have found it idle for too long
 * just before another request of the session was noted as its use: the client is then to ask again.
 */
export async function signedOut(services: SessionServices, session: Session): Promise<SignedOut> {
  const outcome = await sessionStateOf(services, session.id);
  return { kind: 'signedOut', outcome: outcome.kind === 'active' ? { kind: 'unavailable' } : outcome };
}
