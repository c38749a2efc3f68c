// The one lock. Whatever opens or ends sessions of a person takes that person's row first, in a statement of its
// own, so that everything after it sees what the last holder committed.

import { eq } from 'drizzle-orm';

import { type Clock } from '../common/clock.js';
import { type Tx } from '../db/database.js';
import { sessions, users } from '../db/schema.js';
import { withMark } from './endMany.js';
import { expiredReason, type SessionPolicy } from './slots.js';
import { type SessionRow, type UserRow } from './mappers.js';
import { type Session } from './types.js';

/**
 * Locks the user's row until the transaction ends, and reads it as it is now. Null when there is no such user, or
 * the account has been deleted.
 */
export async function lockUser(tx: Tx, userId: string): Promise<UserRow | null> {
  // NO KEY UPDATE excludes every other holder, but not the foreign-key checks of rows that merely refer to it.
  const [row] = await tx.select().from(users).where(eq(users.id, userId)).for('no key update');
  return row?.deletedAt === null ? row : null;
}

export interface LockedSession {
  readonly user: UserRow;
  readonly session: SessionRow;
}

/**
 * Locks the user of a session and reads both again. Null when the session has ended or the account is disabled; it may
 * have lapsed all the same.
 */
export async function lockSession(tx: Tx, session: Session): Promise<LockedSession | null> {
  const user = await lockUser(tx, session.userId);
  if (user?.disabledAt !== null) return null;
  const [row] = await tx.select().from(sessions).where(eq(sessions.id, session.id));
  return row !== undefined && withMark(row, user).endedAt === null ? { user, session: row } : null;
}

/** What is locked, and a time at which it already was. */
export interface LockedLiveSession extends LockedSession {
  readonly now: Date;
}

/**
 * The same for what was begun under the session. Null when that is no longer live, or time has ended it meanwhile: it
 * must then not be done, least of all to the session that took its place.
 */
export async function lockLiveSession(
  tx: Tx,
  { policy, clock }: { readonly policy: SessionPolicy; readonly clock: Clock },
  session: Session,
): Promise<LockedLiveSession | null> {
  const locked = await lockSession(tx, session);
  if (locked === null) return null;
  // Read when the lock has been waited for: what its last holder wrote is not later than what is written now.
  const now = clock.now();
  return expiredReason(locked.session, policy, now) === null ? { ...locked, now } : null;
}
