// Ends what time has ended. A session gets its tombstone before it is refused for its age, so that raising a setting later
// revives nothing. Tombstones are deleted when their tokens have expired and the history is kept no longer.

import { and, asc, inArray, isNull, lt, lte, type SQL, sql } from 'drizzle-orm';

import { type Tx } from '../db/database.js';
import { sessions } from '../db/schema.js';
import { inUuids } from '../db/uuidArray.js';
import { endSessions, endExpired, laterThan, readLive } from './end.js';
import { lockSession } from './live.js';
import { type SessionServices } from './services.js';
import { expiredReason, type SessionPolicy } from './slots.js';
import { toSession, type Session } from './types.js';

/** The longest that it may take, in milliseconds: the request that it comes before has its own time. */
const maxMs = 1_500;

/**
 * Ends the session as EXPIRED or IDLE, if it still is live and still has lapsed now that its user is locked. It may
 * have been used in the meantime on another node, or been ended for another reason.
 *
 * @returns whether it was this call that ended it
 * @throws DatabaseUnavailable when the tombstone cannot be written
 */
export async function expireSession(services: SessionServices, session: Session): Promise<boolean> {
  const ended = await services.database.within(maxMs).transact(async (tx) => {
    const locked = await lockSession(tx, session);
    if (locked === null) return [];
    const expired = expiredReason(toSession(locked.session), services.policy, services.clock.now());
    return expired === null ? [] : endSessions(tx, [session.id], expired.reason, expired.at);
  });
  services.endEvents.publish(ended);
  return ended.length > 0;
}

/** The same behind an answer that needed no look-up, for a session that is known by its id only. */
export function expireInBackground(services: SessionServices, id: string): void {
  services.background.run('end a lapsed session', async () => {
    const found = await services.lookup(id);
    const now = services.clock.now();
    if (found?.session.endedAt === null && expiredReason(found.session, services.policy, now) !== null) {
      await expireSession(services, found.session);
    }
  });
}

/**
 * Ends those of the user's sessions that time has ended, and gives the live ones, those it ended, and when to say that
 * what follows happened: later than the live ones began. The caller holds the user's lock.
 */
export async function expireSessions(
  tx: Tx,
  policy: SessionPolicy,
  userId: string,
  now: Date,
): Promise<{ readonly live: readonly Session[]; readonly expired: readonly Session[]; readonly at: Date }> {
  const read = (await readLive(tx, userId, now)).map(toSession);
  const isLive = (session: Session) => expiredReason(session, policy, now) === null;
  const over = read.filter((session) => !isLive(session)).map(({ id }) => id);
  const live = read.filter(isLive);
  return { live, expired: await endExpired(tx, policy, over, now), at: laterThan(live, now) };
}

const dayMs = 86_400_000;

/** The most sessions of one statement. */
const batch = 500;

/**
 * Purges the tombstones that are older than the history is kept, but none whose token has not expired: the token of
 * a session that is on no record would be refused for another reason.
 *
 * @param historyDays for how many days the history is kept
 * @returns how many went
 * @throws DatabaseUnavailable when it could not go on
 */
export async function purgeTombstones(
  { database, clock }: Pick<SessionServices, 'database' | 'clock'>,
  historyDays: number,
): Promise<number> {
  const now = clock.now();
  const isOld = lt(sessions.endedAt, new Date(now.getTime() - historyDays * dayMs));
  let purged = 0;
  let isLater: SQL | undefined;
  for (;;) {
    // Each is read once, whether or not its token has expired: where tokens live longer than the history, most have not.
    const page = await database.read((db) =>
      db
        .select({ id: sessions.id, endedAt: sessions.endedAt, expiresAt: sessions.expiresAt })
        .from(sessions)
        .where(and(isOld, isLater))
        .orderBy(asc(sessions.endedAt), asc(sessions.id))
        .limit(batch),
    );
    const over = page.filter(({ expiresAt }) => expiresAt < now).map(({ id }) => id);
    purged += await purge(database, over);
    const last = page.at(-1);
    if (last === undefined || page.length < batch) return purged;
    const after = sql`(${sql.param(last.endedAt, sessions.endedAt)}, ${sql.param(last.id, sessions.id)})`;
    isLater = sql`(${sessions.endedAt}, ${sessions.id}) > ${after}`;
  }
}

/** Deletes those that no other node is just deleting. */
async function purge(database: SessionServices['database'], ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const gone = await database.transact(async (tx) => {
    const free = tx
      .select({ id: sessions.id })
      .from(sessions)
      .where(inUuids(sessions.id, ids))
      .for('update', { skipLocked: true });
    return tx.delete(sessions).where(inArray(sessions.id, free)).returning({ id: sessions.id });
  });
  return gone.length;
}

/**
 * Writes the tombstones of live sessions that have expired and that nobody has asked for since.
 *
 * @returns how many
 * @throws DatabaseUnavailable when it could not go on
 */
export async function endExpiredUnseen(services: SessionServices): Promise<number> {
  return endUnseen(services, lte(sessions.expiresAt, services.clock.now()));
}

/** The same for those that have been unused for too long, where the policy has such a limit. */
export async function endIdleUnseen(services: SessionServices): Promise<number> {
  const { clock, policy } = services;
  if (policy.idleSeconds === 0) return 0;
  const idleSince = new Date(clock.now().getTime() - policy.idleSeconds * 1_000);
  // Read without an index, which would make every use of a session cost several times as much.
  return endUnseen(services, lte(sessions.lastSeenAt, idleSince));
}

/** In no order, so that a look ends as soon as it has found enough. */
async function endUnseen(services: SessionServices, isOver: SQL): Promise<number> {
  let ended = 0;
  for (;;) {
    const rows = await services.database.read((db) =>
      db
        .select()
        .from(sessions)
        .where(and(isNull(sessions.endedAt), isOver))
        .limit(batch),
    );
    let endedNow = 0;
    for (const row of rows) if (await expireSession(services, toSession(row))) endedNow += 1;
    ended += endedNow;
    // Nothing ended: others are at the same work, and get on with it.
    if (rows.length < batch || endedNow === 0) return ended;
  }
}
