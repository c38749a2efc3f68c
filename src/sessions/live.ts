// The rows of sessions: which are live, their lists, and the locks under which that does not change. Whatever opens or
// ends sessions of a user locks that user's row first, in a statement of its own, so that every statement after it sees
// what the last holder committed. The statements after it are sent without waiting for the lock: they wait for it on the
// server.

import {
  and,
  desc,
  eq,
  gt,
  gte,
  type InferSelectModel,
  isNull,
  or,
  type Placeholder,
  type SQL,
  sql,
} from 'drizzle-orm';

import { type Clock } from '../common/clock.js';
import { type Database, type Tx, builtOnce } from '../db/database.js';
import { inUuids, type Page, type PageQuestion, readPage } from '../db/queries.js';
import { sessions, users } from '../db/schema/index.js';
import { lockUser, type UserRow } from '../users/users.js';
import { expiredReason, type SessionPolicy } from './slots.js';
import { type Session } from './types.js';

export type SessionRow = Omit<InferSelectModel<typeof sessions>, 'endedIn'>;

export function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    userId: row.userId,
    slot: row.slot,
    device: { kind: row.deviceKind, name: row.deviceName },
    userAgent: row.userAgent,
    ipAddress: row.ip,
    methods: row.methods,
    provedAt: row.provedAt,
    signedInAt: row.signedInAt,
    lastSeenAt: row.lastSeenAt,
    expiresAt: row.expiresAt,
    endedAt: row.endedAt,
    endReason: row.endReason,
    supersededBy: row.supersededBy,
  };
}

/** The most live sessions of an account, whatever the policy: one more ends the oldest. */
export const maxLiveSessions = 1_000;

/**
 * The most sessions that one statement reads or ends. An account has no more, since the ceiling is lower, unless an operator
 * or an older version wrote the rows. Only then is the bulk end in the user's row needed.
 */
export const maxSessionsAtOnce = 2 * maxLiveSessions;

/** The columns of a user's row that end sessions whose own rows have no end yet. */
export type BulkEnd = Pick<
  UserRow,
  'sessionsEndedBefore' | 'sessionsEndedAt' | 'sessionsEndReason' | 'sessionsEndedExcept'
>;

/** Gives the session as it is once the bulk end of its user has been applied. */
export function withBulkEnd<S extends Pick<Session, 'id' | 'signedInAt' | 'endedAt' | 'endReason'>>(
  session: S,
  bulkEnd: BulkEnd,
): S {
  const { sessionsEndedBefore: before, sessionsEndedAt: endedAt, sessionsEndReason: endReason } = bulkEnd;
  const isEnded =
    session.endedAt === null &&
    before !== null &&
    session.signedInAt < before &&
    session.id !== bulkEnd.sessionsEndedExcept;
  return isEnded ? { ...session, endedAt, endReason } : session;
}

/** Matches a session of the user that has ended neither in its row nor by a bulk end. It may have expired. */
export function isLiveOf(userId: string | Placeholder): SQL | undefined {
  // Of the user by its id, not by the session's row: so it is read once, not for each session.
  const ofUser = eq(users.id, userId);
  const before = sql`(select ${users.sessionsEndedBefore} from ${users} where ${ofUser})`;
  const except = sql`(select ${users.sessionsEndedExcept} from ${users} where ${ofUser})`;
  return and(
    eq(sessions.userId, userId),
    isNull(sessions.endedAt),
    or(gte(sessions.signedInAt, sql`coalesce(${before}, '-infinity')`), eq(sessions.id, except)),
  );
}

const liveSessions = builtOnce(['userId'], (db, { userId }) =>
  db
    .select()
    .from(sessions)
    .where(isLiveOf(userId))
    .orderBy(desc(sessions.signedInAt), desc(sessions.id))
    .limit(maxSessionsAtOnce),
);

/**
 * Reads the live sessions of a user, newest first, expired ones included. Behind the user's lock they are all that an act
 * has to know: nothing else opens or ends one until it commits.
 *
 * @returns at most {@link maxSessionsAtOnce}; where there are as many, there may be older ones
 */
export async function readLive(tx: Tx, userId: string): Promise<readonly Session[]> {
  const rows = await liveSessions(tx, { userId });
  return rows.map(toSession);
}

export interface LockedSession {
  readonly user: UserRow;
  readonly session: Session;
}

/**
 * Locks the user of a session, and reads both again. Null when the session has ended or the account is disabled; it may
 * have expired all the same.
 */
export async function lockSession(
  tx: Tx,
  { id, userId }: Pick<Session, 'id' | 'userId'>,
): Promise<LockedSession | null> {
  const [user, [row]] = await Promise.all([
    lockUser(tx, userId),
    tx.select().from(sessions).where(eq(sessions.id, id)),
  ]);
  if (user?.disabledAt !== null || row === undefined) return null;
  const session = toSession(row);
  return withBulkEnd(session, user).endedAt === null ? { user, session } : null;
}

/**
 * Locks the users of sessions, and reads the sessions again. It waits for no lock that another act holds, so that a batch
 * neither waits for one account nor makes the others wait with it.
 */
export async function lockFree(
  tx: Tx,
  wanted: readonly Pick<Session, 'id' | 'userId'>[],
): Promise<{
  /** The sessions that are live, and whose account is not disabled; they may have expired. */
  readonly live: readonly Session[];
  /** The ids of the sessions whose account another act has locked. */
  readonly held: readonly string[];
}> {
  const [owners, rows] = await Promise.all([
    tx
      .select()
      .from(users)
      .where(inUuids(users.id, [...new Set(wanted.map(({ userId }) => userId))]))
      .for('no key update', { skipLocked: true }),
    tx
      .select()
      .from(sessions)
      .where(
        inUuids(
          sessions.id,
          wanted.map(({ id }) => id),
        ),
      ),
  ]);
  const locked = new Map(owners.map((user) => [user.id, user]));
  const live = rows.map(toSession).filter((session) => {
    const user = locked.get(session.userId);
    return (
      user?.disabledAt === null && user.deletedAt === null && withBulkEnd(session, user).endedAt === null
    );
  });
  return { live, held: wanted.flatMap(({ id, userId }) => (locked.has(userId) ? [] : [id])) };
}

/** A locked session, and a time at which it was locked already. */
export interface LockedLiveSession extends LockedSession {
  readonly now: Date;
}

/**
 * Locks the user of a session under which an act was begun. Null when that session has ended or expired meanwhile: the act
 * must then not be done, least of all to the session that took its place.
 */
export async function lockLiveSession(
  tx: Tx,
  { policy, clock }: { readonly policy: SessionPolicy; readonly clock: Clock },
  session: Session,
): Promise<LockedLiveSession | null> {
  const locked = await lockSession(tx, session);
  if (locked === null) return null;
  // Read behind the lock: what its last holder wrote is not later than what is written now.
  const now = clock.now();
  return expiredReason(locked.session, policy, now) === null ? { ...locked, now } : null;
}

/** The services that read lists of sessions. */
export interface ListServices {
  readonly database: Pick<Database, 'read'>;
  readonly clock: Clock;
  readonly policy: SessionPolicy;
}

/**
 * Lists the user's live sessions, newest first, as many as an account may have. An expired one is not live, whether or not
 * its row says so yet.
 */
export async function listLiveSessions(
  { database, clock, policy }: ListServices,
  userId: string,
): Promise<readonly Session[]> {
  const now = clock.now();
  const rows = await database.read((db) =>
    db
      .select()
      .from(sessions)
      .where(and(isLiveOf(userId), gt(sessions.expiresAt, now)))
      .orderBy(desc(sessions.signedInAt), desc(sessions.id))
      .limit(maxLiveSessions),
  );
  return rows.map(toSession).filter((session) => expiredReason(session, policy, now) === null);
}

/** Lists a page of all the user's sessions, newest first, ended ones included. */
export async function listSessionHistory(
  { database }: Pick<ListServices, 'database'>,
  question: PageQuestion,
): Promise<Page<Session>> {
  const keys = { userId: sessions.userId, at: sessions.signedInAt, id: sessions.id };
  return readPage(database, question, keys, async (db, { where, order, limit }) => {
    const rows = await db
      .select({ session: sessions, user: users })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(where)
      .orderBy(...order)
      .limit(limit);
    return rows.map(({ session, user }) => withBulkEnd(toSession(session), user));
  });
}
