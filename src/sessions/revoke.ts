// Ends sessions for their user: the own one, another one such as a lost phone's, or all others at once.

import { and, eq } from 'drizzle-orm';

import { type Happening, recordEvent } from '../audit/events.js';
import { isUuid } from '../common/uuid.js';
import { type Tx } from '../db/database.js';
import { sessions } from '../db/schema/index.js';
import { type ClientInfo } from '../users/types.js';
import { type SignedOut, signedOut } from './authenticate.js';
import { endAllSessions, type EndedSessions, endExpired, endSessions } from './end.js';
import { isLiveOf, lockSession, readLive, toSession } from './live.js';
import { type SessionServices } from './services.js';
import { expiredReason } from './slots.js';
import { type Session } from './types.js';

/**
 * Ends the session as LOGGED_OUT, and gives it as it is then. Null when it was no longer live: what took its place is left
 * alone, and a session that time had ended meanwhile ends for that reason.
 *
 * @throws DatabaseUnavailable when it cannot be ended
 */
export async function logout(
  services: SessionServices,
  own: Session,
  clientInfo: ClientInfo,
): Promise<Session | null> {
  const asked = { kind: 'LOGOUT', clientInfo } as const;
  const ended = await endFrom(services, own, asked, null, (tx, { session }, now) =>
    only(endSessions(tx, [session], 'LOGGED_OUT', now)),
  );
  return ended?.[0] ?? null;
}

export type EndSessionOutcome =
  | { readonly kind: 'ended'; readonly session: Session }
  /** Of another user, ended already, or on no record: which of these is not revealed. */
  | { readonly kind: 'sessionNotFound' }
  | SignedOut;

/**
 * Ends one of the user's live sessions: as LOGGED_OUT the one that asks, as REVOKED any other.
 *
 * @param own the session that asks
 * @param id whatever the client sent
 * @throws DatabaseUnavailable when it cannot be ended
 */
export async function endSession(
  services: SessionServices,
  own: Session,
  id: string,
  clientInfo: ClientInfo,
): Promise<EndSessionOutcome> {
  if (!isUuid(id)) return { kind: 'sessionNotFound' };
  const target = id.toLowerCase();
  const isOwn = target === own.id;
  const asked = { kind: isOwn ? 'LOGOUT' : 'END_SESSION', clientInfo } as const;
  const read = (tx: Tx) => readOne(tx, own.userId, target);
  const outcome = await endFrom(services, own, asked, read, (tx, { live }, now) => {
    const expired = endExpired(tx, services.policy, live, now);
    return expired.length > 0
      ? { ended: [], toPublish: { sessions: expired, everyOf: null } }
      : only(endSessions(tx, live, isOwn ? 'LOGGED_OUT' : 'REVOKED', now));
  });
  if (outcome === null) return signedOut(services, own);
  const [session] = outcome;
  return session === undefined ? { kind: 'sessionNotFound' } : { kind: 'ended', session };
}

export type EndOtherSessionsOutcome =
  { readonly kind: 'ended'; readonly sessions: readonly Session[] } | SignedOut;

/**
 * Ends as REVOKED every live session of the user but the one that asks, and gives them, newest first.
 *
 * @throws DatabaseUnavailable when they cannot be ended
 */
export async function endOtherSessions(
  services: SessionServices,
  own: Session,
  clientInfo: ClientInfo,
): Promise<EndOtherSessionsOutcome> {
  const { id, userId } = own;
  const asked = { kind: 'END_OTHER_SESSIONS', clientInfo } as const;
  const read = (tx: Tx) => readLive(tx, userId);
  const ended = await endFrom(services, own, asked, read, (tx, { live }, now) =>
    endAllSessions(tx, services.policy, { userId, live }, 'REVOKED', now, id),
  );
  return ended === null ? signedOut(services, own) : { kind: 'ended', sessions: ended };
}

interface SessionAct {
  readonly kind: Happening['kind'] & ('LOGOUT' | 'END_SESSION' | 'END_OTHER_SESSIONS');
  readonly clientInfo: ClientInfo;
}

type Ended = Pick<EndedSessions, 'ended' | 'toPublish'>;

/**
 * Ends sessions of a user for one of them, and gives them; null when that one is no longer live.
 *
 * @param read reads the sessions that may end, behind the lock; null where that is only the one that asks
 */
async function endFrom(
  services: SessionServices,
  own: Session,
  { kind, clientInfo }: SessionAct,
  read: ((tx: Tx) => Promise<readonly Session[]>) | null,
  end: (tx: Tx, found: { readonly session: Session; readonly live: readonly Session[] }, now: Date) => Ended,
): Promise<readonly Session[] | null> {
  const { id: sessionId, userId, device } = own;
  const { ended, toPublish } = await services.database.transact(async (tx) => {
    const [locked, live] = await Promise.all([lockSession(tx, own), read?.(tx) ?? []]);
    if (locked === null) return { ended: null, toPublish: null };
    const now = services.clock.now();
    if (expiredReason(locked.session, services.policy, now) !== null) {
      const expired = endExpired(tx, services.policy, [locked.session], now);
      return { ended: null, toPublish: { sessions: expired, everyOf: null } };
    }
    const done = end(tx, { session: locked.session, live }, now);
    if (done.ended.length > 0)
      recordEvent(tx, { kind, outcome: 'SUCCEEDED', userId, sessionId, device, clientInfo }, now);
    return done;
  });
  if (toPublish !== null) services.endEvents.publishAll(toPublish);
  return ended;
}

function only(ended: readonly Session[]): Ended {
  return { ended, toPublish: { sessions: ended, everyOf: null } };
}

/** Reads a session if it is a live one of the user. */
async function readOne(tx: Tx, userId: string, id: string): Promise<readonly Session[]> {
  const rows = await tx
    .select()
    .from(sessions)
    .where(and(eq(sessions.id, id), isLiveOf(userId)));
  return rows.map(toSession);
}
