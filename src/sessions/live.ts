// Which sessions are live, and the locks under which that does not change. Whatever opens or ends sessions of a user locks
// that user's row first, in a statement of its own, so that every statement after it sees what the last holder committed.

import { and, eq, gte, isNull, or, type SQL, sql } from 'drizzle-orm';

import { type Clock } from '../common/clock.js';
import { type Tx } from '../db/database.js';
import { sessions, users } from '../db/schema.js';
import { lockUser, type UserRow } from '../users/users.js';
import { expiredReason, type SessionPolicy } from './slots.js';
import { type SessionRow, type Session } from './types.js';

/** The most live sessions of an account, whatever the policy: one more ends the oldest. */
export const maxLiveSessions = 1_000;

/** What a user's row says of sessions that have ended without a tombstone so far. */
export type EndedMark = Pick<
  UserRow,
  'sessionsEndedBefore' | 'sessionsEndedAt' | 'sessionsEndReason' | 'sessionSpared'
>;

/** Gives the session as it is once the mark of its user has been applied. */
export function withMark<S extends Pick<Session, 'id' | 'signedInAt' | 'endedAt' | 'endReason'>>(
  session: S,
  mark: EndedMark,
): S {
  const { sessionsEndedBefore: before, sessionsEndedAt: endedAt, sessionsEndReason: endReason } = mark;
  const isEnded =
    session.endedAt === null &&
    before !== null &&
    session.signedInAt < before &&
    session.id !== mark.sessionSpared;
  return isEnded ? { ...session, endedAt, endReason } : session;
}

/** Whether a session of the user has neither a tombstone nor is ended by the mark. It may have expired. */
export function isLiveOf(userId: string): SQL | undefined {
  // Of the user by its id, not by the session's row: so it is read once, not for each session.
  const ofUser = eq(users.id, userId);
  const before = sql`(select ${users.sessionsEndedBefore} from ${users} where ${ofUser})`;
  const spared = sql`(select ${users.sessionSpared} from ${users} where ${ofUser})`;
  return and(
    eq(sessions.userId, userId),
    isNull(sessions.endedAt),
    or(gte(sessions.signedInAt, sql`coalesce(${before}, '-infinity')`), eq(sessions.id, spared)),
  );
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
