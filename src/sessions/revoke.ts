// Ends sessions from another one of the same user: a phone that was lost, or everything else at once.

import { type Happening } from '../audit/events.js';
import { recordEvent } from '../audit/record.js';
import { endSessions } from './end.js';
import { endWhatLapsed } from './expire.js';
import { lockSession } from './lock.js';
import { type SessionServices } from './services.js';
import { type SignedOut, signedOut } from './signedOut.js';
import { type Origin, type Session } from './types.js';
import { isUuid } from '../common/uuid.js';

export type EndSessionOutcome =
  | { readonly kind: 'ended'; readonly session: Session }
  /** Of another user, ended already, or never heard of: which of these is not told. */
  | { readonly kind: 'notFound' }
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
  origin: Origin,
): Promise<EndSessionOutcome> {
  if (!isUuid(id)) return { kind: 'notFound' };
  const target = id.toLowerCase();
  const isOwn = target === own.id;
  const ended = await endLive(services, own, {
    isMeant: (session) => session.id === target,
    reason: isOwn ? 'LOGGED_OUT' : 'REVOKED',
    kind: isOwn ? 'LOGOUT' : 'END_SESSION',
    origin,
  });
  if (ended === null) return signedOut(services, own);
  const [session] = ended;
  return session === undefined ? { kind: 'notFound' } : { kind: 'ended', session };
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
  origin: Origin,
): Promise<EndOtherSessionsOutcome> {
  const ended = await endLive(services, own, {
    isMeant: (session) => session.id !== own.id,
    reason: 'REVOKED',
    kind: 'END_OTHER_SESSIONS',
    origin,
  });
  if (ended === null) return signedOut(services, own);
  const sessions = ended.toSorted((a, b) => b.signedInAt.getTime() - a.signedInAt.getTime());
  return { kind: 'ended', sessions };
}

interface Ending {
  readonly isMeant: (session: Session) => boolean;
  readonly reason: 'LOGGED_OUT' | 'REVOKED';
  readonly kind: Happening['kind'] & ('LOGOUT' | 'END_SESSION' | 'END_OTHER_SESSIONS');
  readonly origin: Origin;
}

/** Ends those live sessions of a user that are meant, for one of them; null when that one is live no more. */
async function endLive(
  services: SessionServices,
  own: Session,
  { isMeant, reason, kind, origin }: Ending,
): Promise<readonly Session[] | null> {
  const { ended, lapsed } = await services.database.transact(async (tx) => {
    if ((await lockSession(tx, own)) === null) return { ended: null, lapsed: [] };
    const now = services.clock.now();
    const known = await endWhatLapsed(tx, services.policy, own.userId, now);
    if (!known.live.some(({ id }) => id === own.id)) return { ended: null, lapsed: known.lapsed };
    const meant = known.live.filter(isMeant).map(({ id }) => id);
    const ended = await endSessions(tx, meant, reason, known.at);
    if (ended.length > 0) {
      const { id: sessionId, userId, device } = own;
      await recordEvent(tx, { kind, outcome: 'SUCCEEDED', userId, sessionId, device, origin }, now);
    }
    return { ended, lapsed: known.lapsed };
  });
  services.news.publish([...lapsed, ...(ended ?? [])]);
  return ended;
}
