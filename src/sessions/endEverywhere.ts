// Ends the live sessions of all accounts and voids all links: what an operator does after a backup has been restored,
// since that revives what ended after it was made.

import { and, asc, eq, gte, inArray, isNull, lte, or } from 'drizzle-orm';

import { recordEvents } from '../audit/record.js';
import { links, sessions, users } from '../db/schema.js';
import { inUuids } from '../db/uuidArray.js';
import { endSessions } from './end.js';
import { type SessionServices } from './services.js';

/** The rows of one transaction. */
const batchSize = 1_000;

/** An operator comes from no device of a user's. */
const byOperator = { sessionId: null, device: null, clientInfo: { ip: null, userAgent: null } } as const;

export interface EndedEverywhere {
  readonly sessions: number;
  readonly links: number;
}

/**
 * Ends as REVOKED every live session that was opened before now, and voids every open link. It works in batches, so that
 * nodes may serve meanwhile; interrupted, it is run again.
 *
 * @throws DatabaseUnavailable when it could not go on; what has ended stays ended
 */
export async function endEverySessionOfAll(
  services: Pick<SessionServices, 'database' | 'clock' | 'endEvents'>,
): Promise<EndedEverywhere> {
  const begun = services.clock.now();
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

/** Those that a mark has ended keep its reason; the nodes write their tombstones. */
const isNotMarked = or(
  isNull(users.sessionsEndedBefore),
  gte(sessions.signedInAt, users.sessionsEndedBefore),
  eq(sessions.id, users.sessionSpared),
);

async function endBatch(
  { database, clock, endEvents }: Pick<SessionServices, 'database' | 'clock' | 'endEvents'>,
  begun: Date,
) {
  const { found, ended } = await database.transact(async (tx) => {
    const rows = await tx
      .select({ id: sessions.id, userId: sessions.userId })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(isNull(sessions.endedAt), lte(sessions.signedInAt, begun), isNotMarked))
      .orderBy(asc(sessions.userId))
      .limit(batchSize);
    const userIds = [...new Set(rows.map(({ userId }) => userId))];
    if (userIds.length === 0) return { found: 0, ended: [] };
    // All locks in one order, so that two of these commands do not wait for each other.
    await tx
      .select({ id: users.id })
      .from(users)
      .where(inUuids(users.id, userIds))
      .orderBy(asc(users.id))
      .for('no key update');
    const ids = rows.map(({ id }) => id);
    const now = clock.now();
    const ended = await endSessions(tx, ids, 'REVOKED', now);
    const event = { kind: 'OPERATOR_END_SESSIONS', outcome: 'SUCCEEDED', ...byOperator } as const;
    const touched = [...new Set(ended.map(({ userId }) => userId))];
    await recordEvents(
      tx,
      touched.map((userId) => ({ ...event, userId })),
      now,
    );
    return { found: rows.length, ended };
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
