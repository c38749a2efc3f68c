// Ends sessions: the only statement that writes a tombstone. It matches live rows only, so that an ended session
// keeps its first reason for ever.

import { and, isNull, sql } from 'drizzle-orm';

import { inUuids } from '../db/uuidArray.js';
import { type Tx } from '../db/database.js';
import { sessions } from '../db/schema.js';
import { toSession } from './mappers.js';
import { type EndReason, type Session } from './types.js';

/**
 * Ends those of the sessions that are live, and gives them back as they are now. The caller holds their user's
 * lock.
 *
 * @param at when they ended
 */
export async function endSessions(
  tx: Tx,
  ids: readonly string[],
  reason: EndReason,
  at: Date,
): Promise<readonly Session[]> {
  if (ids.length === 0) return [];
  const rows = await tx
    .update(sessions)
    // Each node knows the one time to within a few milliseconds: no session ends before it began all the same.
    .set({
      endedAt: sql`greatest(${sql.param(at, sessions.endedAt)}, ${sessions.signedInAt})`,
      endReason: reason,
    })
    .where(and(inUuids(sessions.id, ids), isNull(sessions.endedAt)))
    .returning();
  return rows.map(toSession);
}

/** Records which session took the place of ended ones; it must be on record already. */
export async function linkSuccessor(tx: Tx, ids: readonly string[], successor: string): Promise<void> {
  if (ids.length === 0) return;
  await tx.update(sessions).set({ supersededBy: successor }).where(inUuids(sessions.id, ids));
}
