// The one lock. Whatever opens or ends sessions of a person takes that person's row first, in a statement of its
// own, so that everything after it sees what the last holder committed.

import { eq } from 'drizzle-orm';

import { type Tx } from '../db/database.js';
import { sessions, users } from '../db/schema.js';
import { type SessionRow, type UserRow } from './rows.js';
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

/**
 * Locks the user of a session and reads both again. Null when the session is no longer live: what was begun under
 * it must then not be done, least of all to the session that took its place.
 */
export async function lockLiveSession(
  tx: Tx,
  session: Session,
): Promise<{ readonly user: UserRow; readonly session: SessionRow } | null> {
  const user = await lockUser(tx, session.userId);
  if (user === null) return null;
  const [row] = await tx.select().from(sessions).where(eq(sessions.id, session.id));
  return row?.endedAt === null ? { user, session: row } : null;
}
