// Idempotent login: a client that got no answer sends the login again under the same idempotency key, and gets the session that
// it opened the first time.

import { and, desc, eq } from 'drizzle-orm';

import { type Tx } from '../db/database.js';
import { sessions } from '../db/schema/index.js';
import { isLiveOf, maxLiveSessions, toSession } from './live.js';
import { type SignIn } from './open.js';
import { type SessionServices } from './services.js';
import { expiredReason } from './slots.js';
import { type Session } from './types.js';

/** For how long a login can be sent again. */
const replayWindowSeconds = 60;

/** A session that was opened before, and the sessions whose slot it took then. */
export interface Replay {
  readonly session: Session;
  readonly superseded: readonly Session[];
}

/**
 * Finds the live session that this login of the user has opened within the last minute; null when there is none, or it has
 * ended since. It is read behind the user's lock, so of two logins under one key the second finds the first's.
 */
export async function findReplay(
  tx: Tx,
  { policy, clock }: Pick<SessionServices, 'policy' | 'clock'>,
  { userId, idempotencyKey }: Pick<SignIn, 'userId' | 'idempotencyKey'>,
): Promise<Replay | null> {
  if (idempotencyKey === null) return null;
  const [row] = await tx
    .select()
    .from(sessions)
    .where(and(isLiveOf(userId), eq(sessions.idempotencyKey, idempotencyKey)))
    .orderBy(desc(sessions.signedInAt))
    .limit(1);
  const now = clock.now();
  const since = new Date(now.getTime() - replayWindowSeconds * 1_000);
  if (row === undefined || row.signedInAt <= since || expiredReason(row, policy, now) !== null) return null;
  const superseded = await tx
    .select()
    .from(sessions)
    .where(eq(sessions.supersededBy, row.id))
    .orderBy(desc(sessions.signedInAt), desc(sessions.id))
    .limit(maxLiveSessions);
  return { session: toSession(row), superseded: superseded.map(toSession) };
}
