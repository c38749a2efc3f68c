// Ends sessions. A tombstone is written to live rows only, so that an ended session keeps its first reason for ever. To end
// many sessions of a user costs no more than to end some: one statement writes the tombstones of the newest ones; where
// there are more, one mark in the user's row ends all older ones at once, and their tombstones follow in batches behind
// the answer, from any node.

import { and, desc, eq, inArray, isNull, lt, ne, sql } from 'drizzle-orm';

import { type Background } from '../common/backgroundTasks.js';
import { type Tx, type Database } from '../db/database.js';
import { sessions, users } from '../db/schema.js';
import { inUuids } from '../db/uuidArray.js';
import { isLiveOf, type EndedMark, maxLiveSessions } from './live.js';
import { type SessionPolicy } from './slots.js';
import { toSession, type EndReason, type Session, type SessionRow } from './types.js';

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

export interface EndedSessions {
  /** Those that were live and were ended for the reason, newest first. There is a bound: older ones may be missing. */
  readonly ended: readonly Session[];
  /** When to say that what follows happened: later than those that ended began. */
  readonly at: Date;
  /** What to publish after the commit. */
  readonly toPublish: ToPublish;
}

export interface ToPublish {
  /** Those that ended, those that time had ended included. */
  readonly sessions: readonly Session[];
  /** The user whose other sessions ended as well; null where there were none. */
  readonly everyOf: string | null;
}

/** Ends every session of a user whose lock the caller holds. */
export async function endAllSessions(
  tx: Tx,
  policy: SessionPolicy,
  userId: string,
  reason: Ending['reason'],
  now: Date,
  except: string | null = null,
): Promise<EndedSessions> {
  const { ended, at, marked } = await endLiveSessions(tx, policy, { userId, reason, except }, now);
  return {
    at,
    ended: ended.filter(({ endReason }) => endReason === reason),
    toPublish: { sessions: ended, everyOf: marked ? userId : null },
  };
}

/** The most sessions that one statement ends or reads. Above the ceiling, so that only odd data needs the mark. */
const maxAtOnce = 2 * maxLiveSessions;

/** The sessions of one batch behind an answer. */
const batchSize = 2_500;

const noMark = {
  sessionsEndedBefore: null,
  sessionsEndedAt: null,
  sessionsEndReason: null,
  sessionSpared: null,
} as const satisfies EndedMark;

/** The live sessions of a user whose lock the caller holds, newest first; those above twice the ceiling end here. */
export async function readLive(tx: Tx, userId: string, now: Date): Promise<readonly SessionRow[]> {
  const rows = await tx
    .select()
    .from(sessions)
    .where(isLiveOf(userId))
    .orderBy(desc(sessions.signedInAt), desc(sessions.id))
    .limit(maxAtOnce);
  if (rows.length === maxAtOnce) await markOlder(tx, userId, rows.at(-1), 'SUPERSEDED', now, null);
  return rows;
}

/** Which live sessions of a user to end, and why. */
export interface Ending {
  readonly userId: string;
  readonly reason: Exclude<EndReason, 'EXPIRED' | 'IDLE'>;
  /** The session that stays, if one does. */
  readonly except: string | null;
}

/**
 * Ends the live sessions of a user whose lock the caller holds: those that have expired for that reason, the others for
 * the given one. Gives back those that have their tombstones, newest first: all, unless there are more than
 * {@link maxAtOnce}.
 *
 * @returns `marked` tells whether older ones were ended by the mark
 */
export async function endLiveSessions(
  tx: Tx,
  policy: SessionPolicy,
  { userId, reason, except }: Ending,
  now: Date,
): Promise<{ readonly ended: readonly Session[]; readonly at: Date; readonly marked: boolean }> {
  const meant = and(isLiveOf(userId), except === null ? undefined : ne(sessions.id, except));
  const newest = tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(meant)
    .orderBy(desc(sessions.signedInAt), desc(sessions.id))
    .limit(maxAtOnce);
  const end = endAs(policy, reason, now);
  const rows = await tx.update(sessions).set(end).where(inArray(sessions.id, newest)).returning();
  const ended = rows.map(toSession).toSorted(newestFirst);
  const at = laterThan(ended, now);
  if (ended.length < maxAtOnce) return { ended, at, marked: false };
  await markOlder(tx, userId, ended.at(-1), reason, now, except);
  return { ended, at, marked: true };
}

/** Ends those of the sessions that time has ended, each for its reason. The caller holds their user's lock. */
export async function endExpired(
  tx: Tx,
  policy: SessionPolicy,
  ids: readonly string[],
  now: Date,
): Promise<readonly Session[]> {
  if (ids.length === 0) return [];
  const isMeant = and(inUuids(sessions.id, ids), isNull(sessions.endedAt));
  const rows = await tx
    .update(sessions)
    .set(endAs(policy, 'EXPIRED', now))
    .where(isMeant)
    .returning();
  return rows.map(toSession);
}

/** Ends every session that is older than this one by the mark. An earlier mark has its tombstones first in line. */
async function markOlder(
  tx: Tx,
  userId: string,
  oldest: Pick<Session, 'signedInAt'> | undefined,
  reason: EndReason,
  now: Date,
  spared: string | null,
): Promise<void> {
  // Those of the same millisecond as the oldest are among the older ones as well.
  const sessionsEndedBefore = new Date((oldest?.signedInAt.getTime() ?? 0) + 1);
  await tx
    .update(users)
    .set({ sessionsEndedBefore, sessionsEndedAt: now, sessionsEndReason: reason, sessionSpared: spared })
    .where(eq(users.id, userId));
}

/** The columns of a tombstone: what time has ended keeps that reason and moment. */
function endAs(policy: SessionPolicy, reason: EndReason, now: Date) {
  const moment = (value: Date) => sql`${value.toISOString()}::timestamptz`;
  const idleAt = sql`${sessions.lastSeenAt} + ${policy.idleSeconds}::int * interval '1 second'`;
  const isExpired = sql`${sessions.expiresAt} <= ${moment(now)}`;
  const isIdle = policy.idleSeconds === 0 ? sql`false` : sql`${idleAt} <= ${moment(now)}`;
  return {
    endedAt: sql`case when ${isExpired} then ${sessions.expiresAt} when ${isIdle} then ${idleAt} else greatest(${moment(now)}, ${sessions.signedInAt}) end`,
    endReason: sql`case when ${isExpired} then 'EXPIRED' when ${isIdle} then 'IDLE' else ${reason}::text end`,
  };
}

/**
 * Writes the tombstones that a user's mark stands for, a batch a transaction, and then takes the mark away. A node that
 * stops leaves the rest to others.
 */
export async function writeMarkedEnds(
  { database, background }: { readonly database: Database; readonly background: Background },
  userId: string,
): Promise<void> {
  let place: Place | null = null;
  while (!background.stopping()) {
    const after: Place | null = place;
    const next: Place | null | 'done' = await database.transact((tx) => writeBatch(tx, userId, after));
    if (next === 'done') return;
    place = next;
  }
}

/** Where a batch ended; the next one goes on from there, past rows that are dead by then. */
type Place = Pick<SessionRow, 'id' | 'signedInAt'>;

/** @returns where the next batch begins, null for the beginning; `done` when there is no mark any more */
async function writeBatch(tx: Tx, userId: string, after: Place | null): Promise<Place | null | 'done'> {
  const [mark] = await tx.select().from(users).where(eq(users.id, userId)).for('no key update');
  const {
    sessionsEndedBefore: before,
    sessionsEndedAt: endedAt,
    sessionsEndReason: endReason,
  } = mark ?? noMark;
  if (before === null) return 'done';
  const place = sql`(${sessions.signedInAt}, ${sessions.id})`;
  const isAfter =
    after && sql`${place} < (${after.signedInAt.toISOString()}::timestamptz, ${after.id}::uuid)`;
  const spared = mark?.sessionSpared ?? null;
  const rows = await tx
    .select({ id: sessions.id, signedInAt: sessions.signedInAt })
    .from(sessions)
    .where(
      and(
        eq(sessions.userId, userId),
        isNull(sessions.endedAt),
        lt(sessions.signedInAt, before),
        spared === null ? undefined : ne(sessions.id, spared),
        isAfter ?? undefined,
      ),
    )
    .orderBy(desc(sessions.signedInAt), desc(sessions.id))
    .limit(batchSize);
  const ids = rows.map(({ id }) => id);
  await tx.update(sessions).set({ endedAt, endReason }).where(inUuids(sessions.id, ids));
  const last = rows.at(-1);
  if (rows.length === batchSize && last !== undefined) return last;
  // A newer mark may have come meanwhile, and then rows before the place are left: one more look from the beginning.
  if (after !== null) return null;
  await tx.update(users).set(noMark).where(eq(users.id, userId));
  return 'done';
}

/** Frees a slot whose holder has ended by the mark, and has no tombstone yet. */
export async function freeMarkedSlot(tx: Tx, userId: string, slot: string): Promise<void> {
  await tx
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
        sql`${sessions.id} is distinct from ${users.sessionSpared}`,
      ),
    );
}

/**
 * A moment at which none of the sessions was still to begin. Another node, which knows the one time to within a few
 * milliseconds as this one does, may have opened one just now.
 */
export function laterThan(live: readonly Session[], now: Date): Date {
  const newestMs = Math.max(...live.map(({ signedInAt }) => signedInAt.getTime()));
  return newestMs > now.getTime() ? new Date(newestMs + 1) : now;
}

function newestFirst(a: Session, b: Session): number {
  return b.signedInAt.getTime() - a.signedInAt.getTime() || (a.id < b.id ? 1 : -1);
}
