// Ends sessions. The act decides from what it has read under the user's lock; one statement writes the ends. It
// matches live rows only, so that an ended session keeps its first reason for ever. Ending many sessions of a user has a
// bound: where there are more than one statement takes, a bulk end in the user's row ends all older ones at once, and their
// own rows follow in batches behind the answer, from any node.

import { and, desc, eq, isNull, lt, ne, sql } from 'drizzle-orm';

import { type Background } from '../common/backgroundTasks.js';
import { type Database, type Tx, builtOnce } from '../db/database.js';
import { sessions, users } from '../db/schema/index.js';
import { inUuids } from '../db/queries.js';
import { type BulkEnd, maxSessionsAtOnce, type SessionRow } from './live.js';
import { expiredReason, type SessionPolicy } from './slots.js';
import { type EndReason, type Session } from './types.js';

/** The sessions of one batch behind an answer. */
const batchSize = 2_500;

/** A reason that an act has; the others are time's. */
type ActReason = Exclude<EndReason, 'EXPIRED' | 'IDLE'>;

/**
 * Ends sessions that are live under the lock of their user, which the caller holds.
 *
 * @param live where another session takes the place of one, it names it in `supersededBy`; the caller inserts that one in the
 *   same transaction
 * @param at when they ended
 * @returns the sessions as they are now
 */
export function endSessions(
  tx: Tx,
  live: readonly Session[],
  reason: EndReason,
  at: Date,
): readonly Session[] {
  return writeEnds(
    tx,
    live.map((session) => endedAs(session, reason, at)),
  );
}

/** Ends those of a user's live sessions that time has ended, each for its reason; the caller holds the user's lock. */
export function endExpired(
  tx: Tx,
  policy: SessionPolicy,
  live: readonly Session[],
  now: Date,
): readonly Session[] {
  return writeEnds(
    tx,
    live.flatMap((session) => {
      const expired = expiredReason(session, policy, now);
      return expired === null ? [] : [endedAs(session, expired.reason, expired.at)];
    }),
  );
}

export interface EndedSessions {
  /** The sessions that the act ended for its reason, newest first. There is a bound: older ones may be missing. */
  readonly ended: readonly Session[];
  /** When to say that what follows happened: later than those that ended began. */
  readonly at: Date;
  readonly toPublish: ToPublish;
}

/** The ends to publish after the commit. */
export interface ToPublish {
  /** The sessions that ended, those that had expired included. */
  readonly sessions: readonly Session[];
  /** The user whose other sessions ended as well; null where there were none. */
  readonly everyOf: string | null;
}

/**
 * Ends every live session of a user whose lock the caller holds: those that have expired for that reason, the others for
 * the given one.
 *
 * @param live what {@link readLive} gave behind the lock
 * @param except the id of the session that stays, if one does
 */
export function endAllSessions(
  tx: Tx,
  policy: SessionPolicy,
  { userId, live }: { readonly userId: string; readonly live: readonly Session[] },
  reason: ActReason,
  now: Date,
  except: string | null = null,
): EndedSessions {
  const ended = writeEnds(
    tx,
    live
      .filter(({ id }) => id !== except)
      .map((session) => {
        const expired = expiredReason(session, policy, now);
        return endedAs(session, expired?.reason ?? reason, expired?.at ?? now);
      }),
  );
  const hasOlder = endOlder(tx, userId, live, reason, now, except);
  return {
    ended: ended.filter(({ endReason }) => endReason === reason),
    at: laterThan(ended, now),
    toPublish: { sessions: ended, everyOf: hasOlder ? userId : null },
  };
}

/** Ends the session, never before its sign-in: the node that opened it may be a few milliseconds ahead of this one. */
function endedAs(session: Session, endReason: EndReason, at: Date): Session {
  return { ...session, endedAt: at > session.signedInAt ? at : session.signedInAt, endReason };
}

const writeEnd = builtOnce(['id', 'endedAt', 'endReason', 'supersededBy'], (db, { id, ...end }) =>
  db
    .update(sessions)
    .set({
      endedAt: sql`${sql.param(end.endedAt, sessions.endedAt)}`,
      endReason: sql`${end.endReason}`,
      supersededBy: sql`${end.supersededBy}`,
    })
    .where(and(eq(sessions.id, id), isNull(sessions.endedAt))),
);

/**
 * Sends the ends. One text serves one session, which PostgreSQL plans once; another serves many, which it plans for
 * their number each time.
 */
function writeEnds(tx: Tx, ended: readonly Session[]): readonly Session[] {
  const [first, ...others] = ended;
  if (first === undefined) return ended;
  if (others.length === 0) {
    const { id, endedAt, endReason, supersededBy } = first;
    tx.send(writeEnd(tx, { id, endedAt, endReason, supersededBy }));
    return ended;
  }
  const array = (values: readonly (string | null | undefined)[]) =>
    `{${values.map((value) => value ?? 'NULL').join(',')}}`;
  const ids = array(ended.map(({ id }) => id));
  const moments = array(ended.map(({ endedAt }) => endedAt?.toISOString()));
  const reasons = array(ended.map(({ endReason }) => endReason));
  const successors = array(ended.map(({ supersededBy }) => supersededBy));
  tx.send(
    tx.execute(sql`update ${sessions} as session
      set ended_at = ended.at, end_reason = ended.reason, superseded_by = ended.successor
      from unnest(${ids}::uuid[], ${moments}::timestamptz[], ${reasons}::text[], ${successors}::uuid[])
        as ended (id, at, reason, successor)
      where session.id = ended.id and session.ended_at is null`),
  );
  return ended;
}

/**
 * Returns `now`, or a moment just after the newest sign-in where that is later: the node that opened the session may be a few
 * milliseconds ahead of this one.
 */
export function laterThan(live: readonly Session[], now: Date): Date {
  const newestMs = Math.max(...live.map(({ signedInAt }) => signedInAt.getTime()));
  return newestMs > now.getTime() ? new Date(newestMs + 1) : now;
}

/**
 * Ends the sessions that were not read because there are too many. A bulk end in the user's row ends all that are older
 * than those that were read, in one statement; maintenance writes the ends of their rows later.
 *
 * @returns whether there may be such sessions; if not, nothing is sent
 */
export function endOlder(
  tx: Tx,
  userId: string,
  live: readonly Session[],
  reason: ActReason,
  now: Date,
  except: string | null,
): boolean {
  const oldest = live.at(-1);
  if (live.length < maxSessionsAtOnce || oldest === undefined) return false;
  // Sessions of the same millisecond as the oldest count as older ones.
  const sessionsEndedBefore = new Date(oldest.signedInAt.getTime() + 1);
  const bulkEnd = { sessionsEndedAt: now, sessionsEndReason: reason, sessionsEndedExcept: except };
  tx.send(
    tx
      .update(users)
      .set({ sessionsEndedBefore, ...bulkEnd })
      .where(eq(users.id, userId)),
  );
  return true;
}

/** Frees a slot whose holder a bulk end has ended, and whose own row has no end yet. */
export function freeBulkEndedSlot(tx: Tx, userId: string, slot: string): void {
  tx.send(
    tx
      .update(sessions)
      .set({ endedAt: sql`${users.sessionsEndedAt}`, endReason: sql`${users.sessionsEndReason}` })
      .from(users)
      .where(
        and(
          eq(users.id, sessions.userId),
          eq(sessions.userId, userId),
          eq(sessions.slot, slot),
          isNull(sessions.endedAt),
          lt(sessions.signedInAt, users.sessionsEndedBefore),
          sql`${sessions.id} is distinct from ${users.sessionsEndedExcept}`,
        ),
      ),
  );
}

const noBulkEnd = {
  sessionsEndedBefore: null,
  sessionsEndedAt: null,
  sessionsEndReason: null,
  sessionsEndedExcept: null,
} as const satisfies BulkEnd;

/**
 * Writes a user's bulk end into the rows of the sessions, a batch a transaction, and then clears it. A node that
 * stops leaves the rest to others.
 */
export async function writeBulkEnd(
  { database, background }: { readonly database: Database; readonly background: Background },
  userId: string,
): Promise<void> {
  let cursor: Cursor | null = null;
  while (!background.stopping()) {
    const after: Cursor | null = cursor;
    const next: Cursor | null | 'done' = await database.transact((tx) => writeBatch(tx, userId, after));
    if (next === 'done') return;
    cursor = next;
  }
}

/** The last row of a batch; the next one goes on from there, past rows that are dead by then. */
type Cursor = Pick<SessionRow, 'id' | 'signedInAt'>;

/** @returns where the next batch begins, null for the beginning; `done` when there is no bulk end any more */
async function writeBatch(tx: Tx, userId: string, after: Cursor | null): Promise<Cursor | null | 'done'> {
  const [user] = await tx.select().from(users).where(eq(users.id, userId)).for('no key update');
  const {
    sessionsEndedBefore: before,
    sessionsEndedAt: endedAt,
    sessionsEndReason: endReason,
  } = user ?? noBulkEnd;
  if (before === null) return 'done';
  const position = sql`(${sessions.signedInAt}, ${sessions.id})`;
  const isAfter =
    after && sql`${position} < (${after.signedInAt.toISOString()}::timestamptz, ${after.id}::uuid)`;
  const except = user?.sessionsEndedExcept ?? null;
  const rows = await tx
    .select({ id: sessions.id, signedInAt: sessions.signedInAt })
    .from(sessions)
    .where(
      and(
        eq(sessions.userId, userId),
        isNull(sessions.endedAt),
        lt(sessions.signedInAt, before),
        except === null ? undefined : ne(sessions.id, except),
        isAfter ?? undefined,
      ),
    )
    .orderBy(desc(sessions.signedInAt), desc(sessions.id))
    .limit(batchSize);
  const ids = rows.map(({ id }) => id);
  tx.send(tx.update(sessions).set({ endedAt, endReason }).where(inUuids(sessions.id, ids)));
  const last = rows.at(-1);
  if (rows.length === batchSize && last !== undefined) return last;
  // A newer bulk end may have come meanwhile, and then rows before the cursor are left: one more look from the beginning.
  if (after !== null) return null;
  tx.send(tx.update(users).set(noBulkEnd).where(eq(users.id, userId)));
  return 'done';
}
