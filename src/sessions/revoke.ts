// Ends sessions for their user: the own one, another one such as a lost phone's, or all others at once.

import { and, eq } from 'drizzle-orm';

import { type Happening, recordEvent } from '../audit/events.js';
import { isUuid } from '../common/uuid.js';
import { type Tx } from '../db/database.js';
import { sessions } from '../db/schema.js';
import { type ClientInfo } from '../users/client.js';
import { signedOut, type SignedOut } from './authenticate.js';
import { endSessions, type EndedSessions, endAllSessions } from './end.js';
import { isLiveOf, lockSession } from './live.js';
import { type SessionServices } from './services.js';
import { expiredReason } from './slots.js';
import { type Session } from './types.js';

export type EndSessionOutcome =
  | { readonly kind: 'ended'; readonly session: Session }
  /** Of another user, ended already, or never heard of: which of these is not told. */
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
  const { userId } = own;
  const reason = isOwn ? 'LOGGED_OUT' : 'REVOKED';
  const kind = isOwn ? 'LOGOUT' : 'END_SESSION';
  const outcome = await endFrom(services, own, { kind, clientInfo }, async (tx, now) => {
    const [row] = await tx
      .select()
      .from(sessions)
      .where(and(eq(sessions.id, target), isLiveOf(userId)));
    const expired = row === undefined ? null : expiredReason(row, services.policy, now);
    const ids = row === undefined ? [] : [row.id];
    const ended = await endSessions(tx, ids, expired?.reason ?? reason, expired?.at ?? now);
    return {
      ended: expired === null ? ended : [],
      toPublish: { sessions: ended, everyOf: null },
    };
  });
  if (outcome === null) return signedOut(services, own);
  const [session] = outcome;
  return session === undefined ? { kind: 'sessionNotFound' } : { kind: 'ended', session };
}

export type EndOtherSessionsOutcome =
  { readonly kind: 'ended'; readonly sessions: readonly Session[] } | SignedOut;

/**
 * Ends as REVOKED every live session of the user but the one that asks, and gives them back, newest first.
 *
 * @throws DatabaseUnavailable when they cannot be ended
 */
export async function endOtherSessions(
  services: SessionServices,
  own: Session,
  clientInfo: ClientInfo,
): Promise<EndOtherSessionsOutcome> {
  const { id, userId } = own;
  const ended = await endFrom(services, own, { kind: 'END_OTHER_SESSIONS', clientInfo }, (tx, now) =>
    endAllSessions(tx, services.policy, userId, 'REVOKED', now, id),
  );
  return ended === null ? signedOut(services, own) : { kind: 'ended', sessions: ended };
}

interface Asked {
  readonly kind: Happening['kind'] & ('LOGOUT' | 'END_SESSION' | 'END_OTHER_SESSIONS');
  readonly clientInfo: ClientInfo;
}

/** Ends sessions of a user for one of them, and gives them back; null when that one is live no more. */
async function endFrom(
  services: SessionServices,
  own: Session,
  { kind, clientInfo }: Asked,
  end: (tx: Tx, now: Date) => Promise<Pick<EndedSessions, 'ended' | 'toPublish'>>,
): Promise<readonly Session[] | null> {
  const { ended, toPublish } = await services.database.transact(async (tx) => {
    const locked = await lockSession(tx, own);
    if (locked === null) return { ended: null, toPublish: null };
    const now = services.clock.now();
    const expired = expiredReason(locked.session, services.policy, now);
    if (expired !== null) {
      const over = await endSessions(tx, [own.id], expired.reason, expired.at);
      return { ended: null, toPublish: { sessions: over, everyOf: null } };
    }
    const done = await end(tx, now);
    if (done.ended.length > 0) {
      const { id: sessionId, userId, device } = own;
      await recordEvent(tx, { kind, outcome: 'SUCCEEDED', userId, sessionId, device, clientInfo }, now);
    }
    return done;
  });
  if (toPublish !== null) services.endEvents.publishAll(toPublish);
  return ended;
}

/**
 * Ends the session as LOGGED_OUT, and gives it back ended. Null when it was no longer live: whatever took its place
 * is left alone, and what time had ended meanwhile ends for that reason.
 *
 * @throws DatabaseUnavailable when it cannot be ended
 */
export async function logout(
  services: SessionServices,
  session: Session,
  clientInfo: ClientInfo,
): Promise<Session | null> {
  const ended = await services.database.transact(async (tx) => {
    const locked = await lockSession(tx, session);
    if (locked === null) return [];
    const now = services.clock.now();
    const expired = expiredReason(locked.session, services.policy, now);
    if (expired !== null) return endSessions(tx, [session.id], expired.reason, expired.at);
    const { id: sessionId, userId, device } = session;
    const event = { kind: 'LOGOUT', outcome: 'SUCCEEDED', userId, sessionId, device, clientInfo } as const;
    await recordEvent(tx, event, now);
    return endSessions(tx, [sessionId], 'LOGGED_OUT', now);
  });
  services.endEvents.publish(ended);
  return ended.find(({ endReason }) => endReason === 'LOGGED_OUT') ?? null;
}
