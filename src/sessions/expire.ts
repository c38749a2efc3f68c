// Makes a tombstone of a session that time has ended, before it is refused for it: raising a setting later must not
// revive what has been refused.

import { type Tx } from '../db/database.js';
import { endSessions } from './end.js';
import { endExpired, laterThan, readLive } from './endMany.js';
import { lockSession } from './lock.js';
import { expiredReason, type SessionPolicy } from './slots.js';
import { toSession } from './mappers.js';
import { type SessionServices } from './services.js';
import { type Session } from './types.js';

/** The longest that it may take, in milliseconds: the request that it comes before has its own time. */
const maxMs = 1_500;

/**
 * Ends the session as EXPIRED or IDLE, if it still is live and still has lapsed now that its user is locked. It may
 * have been used in the meantime on another node, or been ended for another reason.
 *
 * @returns whether it was this call that ended it
 * @throws DatabaseUnavailable when the tombstone cannot be written
 */
export async function expireSession(services: SessionServices, session: Session): Promise<boolean> {
  const ended = await services.database.within(maxMs).transact(async (tx) => {
    const locked = await lockSession(tx, session);
    if (locked === null) return [];
    const expired = expiredReason(toSession(locked.session), services.policy, services.clock.now());
    return expired === null ? [] : endSessions(tx, [session.id], expired.reason, expired.at);
  });
  services.endEvents.publish(ended);
  return ended.length > 0;
}

/** The same behind an answer that needed no look-up, for a session that is known by its id only. */
export function expireInBackground(services: SessionServices, id: string): void {
  services.background.run('end a lapsed session', async () => {
    const found = await services.lookup(id);
    const now = services.clock.now();
    if (found?.session.endedAt === null && expiredReason(found.session, services.policy, now) !== null) {
      await expireSession(services, found.session);
    }
  });
}

/**
 * Ends those of the user's sessions that time has ended, and gives the live ones, those it ended, and when to say that
 * what follows happened: later than the live ones began. The caller holds the user's lock.
 */
export async function expireSessions(
  tx: Tx,
  policy: SessionPolicy,
  userId: string,
  now: Date,
): Promise<{ readonly live: readonly Session[]; readonly expired: readonly Session[]; readonly at: Date }> {
  const read = (await readLive(tx, userId, now)).map(toSession);
  const isLive = (session: Session) => expiredReason(session, policy, now) === null;
  const over = read.filter((session) => !isLive(session)).map(({ id }) => id);
  const live = read.filter(isLive);
  return { live, expired: await endExpired(tx, policy, over, now), at: laterThan(live, now) };
}
