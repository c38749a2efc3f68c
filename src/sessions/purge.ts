// Keeps the table small and true: what has lapsed unseen gets its tombstone, and tombstones go when nobody asks for
// them any more. In small batches, so that nothing waits for it.

import { and, asc, isNull, lt, lte, or } from 'drizzle-orm';

import { purgeRows } from '../db/batchDelete.js';
import { sessions } from '../db/schema.js';
import { endLapsed } from './expire.js';
import { toSession } from './mappers.js';
import { type SessionServices } from './services.js';

const dayMs = 86_400_000;

/** The most sessions of one statement. */
const batch = 500;

/**
 * Purges the tombstones that are older than the history is kept, but none whose token has not expired: the token of
 * a session that is on no record would be refused for another reason.
 *
 * @param historyDays for how many days the history is kept
 * @returns how many went
 * @throws DatabaseUnavailable when it could not go on
 */
export async function purgeTombstones(
  { database, clock }: Pick<SessionServices, 'database' | 'clock'>,
  historyDays: number,
): Promise<number> {
  const now = clock.now();
  const endedBefore = new Date(now.getTime() - historyDays * dayMs);
  return purgeRows(database, {
    id: sessions.id,
    oldest: sessions.endedAt,
    isOver: and(lt(sessions.endedAt, endedBefore), lt(sessions.expiresAt, now)),
  });
}

/**
 * Writes the tombstones of live sessions that time has ended and that nobody has asked for since.
 *
 * @returns how many
 * @throws DatabaseUnavailable when it could not go on
 */
export async function endLapsedUnseen(services: SessionServices): Promise<number> {
  const { database, clock, policy } = services;
  const now = clock.now();
  const idleSince = new Date(now.getTime() - policy.idleSeconds * 1_000);
  const hasLapsed = or(
    lte(sessions.expiresAt, now),
    policy.idleSeconds === 0 ? undefined : lte(sessions.lastSeenAt, idleSince),
  );
  let ended = 0;
  for (;;) {
    const rows = await database.read((db) =>
      db
        .select()
        .from(sessions)
        .where(and(isNull(sessions.endedAt), hasLapsed))
        .orderBy(asc(sessions.expiresAt))
        .limit(batch),
    );
    let endedNow = 0;
    for (const row of rows) if (await endLapsed(services, toSession(row), now)) endedNow += 1;
    ended += endedNow;
    // Nothing ended: others are at the same work, and get on with it.
    if (rows.length < batch || endedNow === 0) return ended;
  }
}
