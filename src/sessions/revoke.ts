// Ends sessions from another one of the same user: a phone that was lost, or everything else at once.

import { endSessions } from './end.js';
import { endWhatLapsed } from './lapsed.js';
import { lockLiveSession } from './lock.js';
import { type SessionServices } from './services.js';
import { type SignedOut, signedOut } from './signedOut.js';
import { type Session } from './types.js';

export type EndSessionOutcome =
  | { readonly kind: 'ended'; readonly session: Session }
  /** Of another user, ended already, or never heard of: which of these is not told. */
  | { readonly kind: 'notFound' }
  | SignedOut;

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

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
): Promise<EndSessionOutcome> {
  if (!uuid.test(id)) return { kind: 'notFound' };
  const target = id.toLowerCase();
  const reason = target === own.id ? 'LOGGED_OUT' : 'REVOKED';
  const ended = await endLive(services, own, (session) => session.id === target, reason);
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
): Promise<EndOtherSessionsOutcome> {
  const ended = await endLive(services, own, (session) => session.id !== own.id, 'REVOKED');
  if (ended === null) return signedOut(services, own);
  const sessions = ended.toSorted((a, b) => b.signedInAt.getTime() - a.signedInAt.getTime());
  return { kind: 'ended', sessions };
}

/** Ends those live sessions of a user that are meant, for one of them; null when that one is live no more. */
async function endLive(
  services: SessionServices,
  own: Session,
  isMeant: (session: Session) => boolean,
  reason: 'LOGGED_OUT' | 'REVOKED',
): Promise<readonly Session[] | null> {
  const { ended, lapsed } = await services.database.transact(async (tx) => {
    if ((await lockLiveSession(tx, own)) === null) return { ended: null, lapsed: [] };
    const now = services.clock.now();
    const known = await endWhatLapsed(tx, services.policy, own.userId, now);
    if (!known.live.some(({ id }) => id === own.id)) return { ended: null, lapsed: known.lapsed };
    const meant = known.live.filter(isMeant).map(({ id }) => id);
    return { ended: await endSessions(tx, meant, reason, now), lapsed: known.lapsed };
  });
  services.news.publish([...lapsed, ...(ended ?? [])]);
  return ended;
}
