// Ends the sessions of all accounts, after a backup has been restored: sessions that had ended since would be live again.

import { and, asc, eq, gte, inArray, isNull, lte, or } from 'drizzle-orm';

import { recordEvents } from '../audit/events.js';
import { inUuids } from '../db/queries.js';
import { links, sessions, users } from '../db/schema/index.js';
import { endSessions } from '../sessions/end.js';
import { toSession } from '../sessions/live.js';
import { type SessionServices } from '../sessions/services.js';
import { lockUsers } from '../users/users.js';
import { byOperator } from './admin.js';
import { voidChallengesOfAll } from './challenges.js';

/** The rows of one transaction. */
const batchSize = 1_000;

export interface EndedEverywhere {
  readonly sessions: number;
  readonly links: number;
}

/**
 * Ends as REVOKED every live session that was opened before now, and voids every open link and challenge. It works in
 * batches, so that nodes may serve meanwhile; interrupted, it is run again.
 *
 * @throws DatabaseUnavailable when it could not go on; what has ended stays ended
 */
export async function endEverySessionOfAll(
  services: Pick<SessionServices, 'database' | 'clock' | 'endEvents'>,
): Promise<EndedEverywhere> {
  const begun = services.clock.now();
  await voidChallengesOfAll(services.database, begun);
  return {
    links: await inBatches(() => voidLinkBatch(services, begun)),
    sessions: await inBatches(() => endBatch(services, begun)),
  };
}

/** Repeats a batch until one finds nothing, and adds up what they did. */
async function inBatches(
  batch: () => Promise<{ readonly found: number; readonly done: number }>,
): Promise<number> {
  let total = 0;
  for (;;) {
    const { found, done } = await batch();
    total += done;
    if (found === 0) return total;
  }
}

/** Sessions that a bulk end has ended keep its reason; the nodes write their ends. */
const isNotBulkEnded = or(
  isNull(users.sessionsEndedBefore),
  gte(sessions.signedInAt, users.sessionsEndedBefore),
  eq(sessions.id, users.sessionsEndedExcept),
);

async function endBatch(
  { database, clock, endEvents }: Pick<SessionServices, 'database' | 'clock' | 'endEvents'>,
  begun: Date,
) {
  const { found, ended } = await database.transact(async (tx) => {
    const found = await tx
      .select({ session: sessions })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(isNull(sessions.endedAt), lte(sessions.signedInAt, begun), isNotBulkEnded))
      .orderBy(asc(sessions.userId))
      .limit(batchSize);
    const ids = found.map(({ session }) => session.id);
    const userIds = [...new Set(found.map(({ session }) => session.userId))];
    if (userIds.length === 0) return { found: 0, ended: [] };
    const [, rows] = await Promise.all([
      // All locks in one order, so that two of these commands do not wait for each other.
      lockUsers(tx, userIds),
      tx
        .select({ session: sessions })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(and(inUuids(sessions.id, ids), isNull(sessions.endedAt), isNotBulkEnded)),
    ]);
    const now = clock.now();
    const live = rows.map(({ session }) => toSession(session));
    const ended = endSessions(tx, live, 'REVOKED', now);
    const event = { kind: 'OPERATOR_END_SESSIONS', outcome: 'SUCCEEDED', ...byOperator } as const;
    const touched = [...new Set(ended.map(({ userId }) => userId))];
    recordEvents(
      tx,
      touched.map((userId) => ({ ...event, userId })),
      now,
    );
    return { found: found.length, ended };
  });
  endEvents.publish(ended);
  return { found, done: ended.length };
}

async function voidLinkBatch({ database, clock }: Pick<SessionServices, 'database' | 'clock'>, begun: Date) {
  const open = and(isNull(links.usedAt), isNull(links.voidedAt), lte(links.createdAt, begun));
  const rows = await database.transact(async (tx) => {
    const batch = tx.select({ jti: links.jti }).from(links).where(open).limit(batchSize);
    return tx
      .update(links)
      .set({ voidedAt: clock.now() })
      .where(inArray(links.jti, batch))
      .returning({ jti: links.jti });
  });
  return { found: rows.length, done: rows.length };
}
