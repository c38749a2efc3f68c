// Ends what time has ended. The end of a session is written before it is refused for its age, so that raising a setting later
// revives nothing. Ended rows are deleted when their tokens have expired and the history is kept no longer.

import { and, asc, inArray, isNull, lt, lte, type SQL, sql } from 'drizzle-orm';

import { links, sessions } from '../db/schema/index.js';
import { inUuids } from '../db/queries.js';
import { endExpired } from './end.js';
import { lockFree, lockSession, toSession } from './live.js';
import { type SessionServices } from './services.js';
import { expiredReason } from './slots.js';
import { type Session } from './types.js';

/** The longest that it may take, in milliseconds: the request that it comes before has its own time. */
const maxMs = 1_500;

/**
 * Ends the session as EXPIRED or IDLE, if it still is live and has still expired now that its user is locked. It may have
 * been used in the meantime on another node, or been ended for another reason.
 *
 * @returns whether it was this call that ended it
 * @throws DatabaseUnavailable when the end cannot be written
 */
export async function expireSession(services: SessionServices, session: Session): Promise<boolean> {
  const ended = await services.database.within(maxMs).transact(async (tx) => {
    const locked = await lockSession(tx, session);
    return locked === null ? [] : endExpired(tx, services.policy, [locked.session], services.clock.now());
  });
  services.endEvents.publish(ended);
  return ended.length > 0;
}

/** Ends a session whose token has expired, if its row has as well, behind an answer that needed no look-up. */
export function expireInBackground(services: SessionServices, id: string): void {
  services.background.run('end an expired session', async () => {
    const found = await services.lookup(id);
    const now = services.clock.now();
    if (found?.session.endedAt === null && expiredReason(found.session, services.policy, now) !== null) {
      await expireSession(services, found.session);
    }
  });
}

const dayMs = 86_400_000;

/** The most sessions of one statement. */
const batch = 500;

/**
 * Purges the ended sessions that are older than the history is kept, but none whose token has not expired: the token of
 * a session that is on no record would be refused for another reason.
 *
 * @param historyDays for how many days the history is kept
 * @returns how many went
 * @throws DatabaseUnavailable when it could not go on
 */
export async function purgeEndedSessions(
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
    purged += await purge(database, over, now);
    const last = page.at(-1);
    if (last === undefined || page.length < batch) return purged;
    const after = sql`(${sql.param(last.endedAt, sessions.endedAt)}, ${sql.param(last.id, sessions.id)})`;
    isLater = sql`(${sessions.endedAt}, ${sessions.id}) > ${after}`;
  }
}

/**
 * Deletes those that no other node is just deleting. A link that was asked for from a session that the user has ended is of no
 * use any more: it is voided, since the row that said so goes. Every other link keeps its time.
 */
async function purge(
  database: SessionServices['database'],
  ids: readonly string[],
  now: Date,
): Promise<number> {
  if (ids.length === 0) return 0;
  const gone = await database.transact(async (tx) => {
    const free = tx
      .select({ id: sessions.id })
      .from(sessions)
      .where(inUuids(sessions.id, ids))
      .for('update', { skipLocked: true });
    const { id, userId, endReason } = sessions;
    const deleted = await tx.delete(sessions).where(inArray(id, free)).returning({ id, userId, endReason });
    const revoked = deleted.filter((session) => session.endReason === 'REVOKED');
    if (revoked.length > 0) {
      const ofThem = inArray(
        sql`${links.payload} ->> 'sessionId'`,
        revoked.map((session) => session.id),
      );
      const ofUsers = inUuids(
        links.userId,
        revoked.map((session) => session.userId),
      );
      const isOpen = and(isNull(links.usedAt), isNull(links.voidedAt));
      tx.send(
        tx
          .update(links)
          .set({ voidedAt: now })
          .where(and(ofUsers, isOpen, ofThem)),
      );
    }
    return deleted;
  });
  return gone.length;
}

/**
 * Writes the ends of sessions that have expired and that no client has asked for since.
 *
 * @returns how many
 * @throws DatabaseUnavailable when it could not go on
 */
export async function endExpiredUnseen(services: SessionServices): Promise<number> {
  const { database, clock } = services;
  let ended = 0;
  for (;;) {
    const rows = await database.read((db) =>
      db
        .select()
        .from(sessions)
        .where(and(isNull(sessions.endedAt), lte(sessions.expiresAt, clock.now())))
        .orderBy(asc(sessions.expiresAt))
        .limit(batch),
    );
    const { endedNow } = await expireAll(services, rows.map(toSession));
    ended += endedNow;
    // Nothing ended: others are at the same work, and get on with it.
    if (rows.length < batch || endedNow === 0) return ended;
  }
}

/**
 * The same for those that have been unused for too long, where the policy has such a limit.
 *
 * @returns how many
 * @throws DatabaseUnavailable when it could not go on
 */
export async function endIdleUnseen(services: SessionServices): Promise<number> {
  const { database, clock, policy } = services;
  if (policy.idleSeconds === 0) return 0;
  let ended = 0;
  const idleSince = new Date(clock.now().getTime() - policy.idleSeconds * 1_000);
  for await (const page of unusedSince(database, idleSince))
    for (let from = 0; from < page.length; from += batch) {
      const ids = page.slice(from, from + batch).map(({ id }) => id);
      ended += (await endIfExpired(services, ids)).endedNow;
    }
  return ended;
}

type Unused = Pick<Session, 'id' | 'lastSeenAt'>;

/** The most live sessions that are looked at by one statement. */
const lookedAt = 2_000;

/**
 * Gives the live sessions that were last used then or earlier, in groups. It reads all live sessions in pages, by the index
 * of their expiry: with an index of their last use, each use of a session would cost several times as much.
 */
async function* unusedSince(
  database: SessionServices['database'],
  since: Date,
): AsyncGenerator<readonly Unused[]> {
  const { id, expiresAt, lastSeenAt } = sessions;
  let isLater: SQL | undefined;
  for (;;) {
    const page = await database.read((db) =>
      db
        .select({ id, expiresAt, lastSeenAt })
        .from(sessions)
        .where(and(isNull(sessions.endedAt), isLater))
        .orderBy(asc(expiresAt), asc(id))
        .limit(lookedAt),
    );
    yield page.filter((session) => session.lastSeenAt <= since);
    const last = page.at(-1);
    if (last === undefined || page.length < lookedAt) return;
    isLater = sql`(${expiresAt}, ${id}) > (${sql.param(last.expiresAt, expiresAt)}, ${sql.param(last.id, id)})`;
  }
}

/** Ends idle sessions at their time. */
export interface IdleEnds {
  /** Reads, when it is due, which live sessions go idle next. @throws DatabaseUnavailable when they cannot be read */
  look(): Promise<void>;
  /** Ends those whose time has come. @throws DatabaseUnavailable when it could not go on */
  endDue(): Promise<void>;
}

/** The longest time between two readings of all live sessions, in milliseconds. */
const maxLookMs = 60_000;

/** The most sessions that are remembered, the earliest. The next reading finds the others. */
const maxRemembered = 50_000;

/** Gives those that go idle first, the earliest first: as many as are remembered. */
function earliestOf(unused: readonly Unused[]): Unused[] {
  return unused.toSorted((a, b) => a.lastSeenAt.getTime() - b.lastSeenAt.getTime()).slice(0, maxRemembered);
}

/**
 * Remembers, between two readings of all live sessions, those that go idle before the end of the next reading, unless they
 * are used: a use makes the time of a session later, and that of a new one is later still. So each ends at its time.
 */
export function createIdleEnds(services: SessionServices): IdleEnds {
  const { database, clock, policy } = services;
  const idleMs = policy.idleSeconds * 1_000;
  const everyMs = Math.min(maxLookMs, idleMs / 10);
  let lookedAtMs = -Infinity;
  /** The ids of sessions and when they go idle, the earliest first. */
  let next = new Map<string, number>();

  return {
    async look() {
      if (idleMs === 0 || performance.now() - lookedAtMs < everyMs) return;
      const beganAtMs = performance.now();
      // Twice the time, since the next reading takes some as well.
      const since = new Date(clock.now().getTime() + 2 * everyMs - idleMs);
      let unused: Unused[] = [];
      for await (const page of unusedSince(database, since)) {
        unused.push(...page);
        if (unused.length > 2 * maxRemembered) unused = earliestOf(unused);
      }
      next = new Map(earliestOf(unused).map(({ id, lastSeenAt }) => [id, lastSeenAt.getTime() + idleMs]));
      lookedAtMs = beganAtMs;
    },

    async endDue() {
      const [nowMs, from] = [clock.now().getTime(), next];
      const due: string[] = [];
      for (const [id, atMs] of from) {
        if (atMs > nowMs) break;
        due.push(id);
      }
      while (due.length > 0) {
        const ids = due.splice(0, batch);
        const held = new Set((await endIfExpired(services, ids)).held);
        for (const id of ids) if (!held.has(id)) from.delete(id);
      }
    },
  };
}

interface Expired {
  readonly endedNow: number;
  /** The ids of those that were left, since another act holds their account just now. */
  readonly held: readonly string[];
}

/** Ends those of the sessions, a batch at most, that are live and whose time is over by their rows. */
async function endIfExpired(services: SessionServices, ids: readonly string[]): Promise<Expired> {
  const { database, clock, policy } = services;
  const rows = await database.read((db) =>
    db
      .select()
      .from(sessions)
      .where(and(inUuids(sessions.id, ids), isNull(sessions.endedAt))),
  );
  const now = clock.now();
  return expireAll(
    services,
    rows.map(toSession).filter((session) => expiredReason(session, policy, now) !== null),
  );
}

/**
 * Ends those that still are live and have expired, in one transaction whatever their number: over a far database one for
 * each would take seconds.
 */
async function expireAll(
  { database, policy, clock, endEvents }: SessionServices,
  some: readonly Session[],
): Promise<Expired> {
  if (some.length === 0) return { endedNow: 0, held: [] };
  const { ended, held } = await database.transact(async (tx) => {
    const { live, held } = await lockFree(tx, some);
    return { ended: endExpired(tx, policy, live, clock.now()), held };
  });
  endEvents.publish(ended);
  return { endedNow: ended.length, held };
}
