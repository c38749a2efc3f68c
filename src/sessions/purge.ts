// Deletes ended sessions whose tokens have expired, once the history is kept no longer.

import { and, asc, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm';

import { daysBefore } from '../common/clock.js';
import { inUuids } from '../db/queries.js';
import { links, sessions } from '../db/schema/index.js';
import { type SessionServices } from './services.js';

/** The most sessions of one statement. */
const batchSize = 500;

/**
 * Purges the ended sessions that are older than the history is kept, but none whose token has not expired: the token of
 * a session that is on no record would be refused for another reason.
 *
 * @param historyDays for how many days the history is kept
 * @returns how many went
 * @throws DatabaseUnavailable when it could not go on
 */
export async function purgeEndedSessions(
  { database, clock }: Pick<SessionServices, 'database' | 'clock'>,
  historyDays: number,
): Promise<number> {
  const now = clock.now();
  const isOld = lt(sessions.endedAt, daysBefore(now, historyDays));
  let purged = 0;
  let isLater: SQL | undefined;
  for (;;) {
    // Each is read once, whether or not its token has expired: where tokens live longer than the history, most have not.
    const page = await database.read((db) =>
      db
        .select({ id: sessions.id, endedAt: sessions.endedAt, expiresAt: sessions.expiresAt })
        .from(sessions)
        .where(and(isOld, isLater))
        .orderBy(asc(sessions.endedAt), asc(sessions.id))
        .limit(batchSize),
    );
    const over = page.filter(({ expiresAt }) => expiresAt < now).map(({ id }) => id);
    purged += await purge(database, over, now);
    const last = page.at(-1);
    if (last === undefined || page.length < batchSize) return purged;
    const after = sql`(${sql.param(last.endedAt, sessions.endedAt)}, ${sql.param(last.id, sessions.id)})`;
    isLater = sql`(${sessions.endedAt}, ${sessions.id}) > ${after}`;
  }
}

/**
 * Deletes those that no other node is just deleting. A link that was asked for from a session that the user has ended is of no
 * use any more: it is voided, since the row that said so goes. Every other link keeps its time.
 */
async function purge(
  database: SessionServices['database'],
  ids: readonly string[],
  now: Date,
): Promise<number> {
  if (ids.length === 0) return 0;
  const gone = await database.transact(async (tx) => {
    const free = tx
      .select({ id: sessions.id })
      .from(sessions)
      .where(inUuids(sessions.id, ids))
      .for('update', { skipLocked: true });
    const { id, userId, endReason } = sessions;
    const deleted = await tx.delete(sessions).where(inArray(id, free)).returning({ id, userId, endReason });
    const revoked = deleted.filter((session) => session.endReason === 'REVOKED');
    if (revoked.length > 0) {
      const ofThem = inArray(
        sql`${links.payload} ->> 'sessionId'`,
        revoked.map((session) => session.id),
      );
      const ofUsers = inUuids(
        links.userId,
        revoked.map((session) => session.userId),
      );
      const isOpen = and(isNull(links.usedAt), isNull(links.voidedAt));
      tx.send(
        tx
          .update(links)
          .set({ voidedAt: now })
          .where(and(ofUsers, isOpen, ofThem)),
      );
    }
    return deleted;
  });
  return gone.length;
}
