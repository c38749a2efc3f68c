// A sign-in whose answer got lost on its way is asked for again under the same id: it gets the session that it opened
// the first time, instead of taking that session's place.

import { and, desc, eq, gt } from 'drizzle-orm';

import { type Tx } from '../db/database.js';
import { sessions } from '../db/schema.js';
import { isLiveOf, maxLiveSessions } from './endMany.js';
import { expiredReason, type SessionPolicy } from './slots.js';
import { toSession } from './mappers.js';
import { type Session } from './types.js';

/** For how long a sign-in can be asked for again. */
const replayWindowSeconds = 60;

/** A session that was opened before, and the sessions whose place it took then. */
export interface Replay {
  readonly session: Session;
  readonly superseded: readonly Session[];
}

/**
 * The live session that this sign-in of the user has opened within the last minute; null when there is none, or it
 * has ended since. The caller holds the user's lock, so of two sign-ins under one id the second finds the first's.
 */
export async function findReplay(
  tx: Tx,
  policy: SessionPolicy,
  signIn: { readonly userId: string; readonly idempotencyKey: string | null },
  now: Date,
): Promise<Replay | null> {
  if (signIn.idempotencyKey === null) return null;
  const [row] = await tx
    .select()
    .from(sessions)
    .where(
      and(
        isLiveOf(signIn.userId),
        eq(sessions.idempotencyKey, signIn.idempotencyKey),
        gt(sessions.signedInAt, new Date(now.getTime() - replayWindowSeconds * 1_000)),
      ),
    )
    .limit(1);
  if (row === undefined || expiredReason(row, policy, now) !== null) return null;
  const superseded = await tx
    .select()
    .from(sessions)
    .where(eq(sessions.supersededBy, row.id))
    .orderBy(desc(sessions.signedInAt), desc(sessions.id))
    .limit(maxLiveSessions);
  return { session: toSession(row), superseded: superseded.map(toSession) };
}
