// Which of many sessions are live no more: what every node asks now and then about those it watches.

import { and, eq, isNotNull, lt, lte, or, sql } from 'drizzle-orm';

import { inUuids } from '../db/uuidArray.js';
import { sessions, users } from '../db/schema.js';
import { type SessionServices } from './services.js';

/**
 * The ids of those sessions that have ended, or have lapsed without a tombstone yet, or whose account is disabled;
 * with one query, whose answer is empty most of the time.
 *
 * @param ids uuids as the database writes them
 * @throws DatabaseUnavailable when they cannot be read
 */
export async function findEnded(
  { database, clock, policy }: Pick<SessionServices, 'database' | 'clock' | 'policy'>,
  ids: readonly string[],
): Promise<readonly string[]> {
  const now = clock.now();
  const idleSince = new Date(now.getTime() - policy.idleSeconds * 1_000);
  const rows = await database.read((db) =>
    db
      .select({ id: sessions.id })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(
        and(
          inUuids(sessions.id, ids),
          or(
            isNotNull(sessions.endedAt),
            and(
              lt(sessions.signedInAt, users.sessionsEndedBefore),
              sql`${sessions.id} is distinct from ${users.sessionSpared}`,
            ),
            lte(sessions.expiresAt, now),
            policy.idleSeconds === 0 ? undefined : lte(sessions.lastSeenAt, idleSince),
            isNotNull(users.disabledAt),
          ),
        ),
      ),
  );
  return rows.map(({ id }) => id);
}
