// Ends sessions that have been unused for too long. Reading all live sessions takes long, so a node remembers between two
// readings which of them go idle next.

import { and, asc, isNull, type SQL, sql } from 'drizzle-orm';

import { sessions } from '../db/schema/index.js';
import { batchSize, endIfExpired } from './expire.js';
import { type SessionServices } from './services.js';
import { type Session } from './types.js';

/**
 * Writes the ends of sessions that have been unused for too long and that no client has asked for since; of none where the
 * policy has no such limit.
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
    for (let from = 0; from < page.length; from += batchSize) {
      const ids = page.slice(from, from + batchSize).map(({ id }) => id);
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
        const ids = due.splice(0, batchSize);
        const held = new Set((await endIfExpired(services, ids)).held);
        for (const id of ids) if (!held.has(id)) from.delete(id);
      }
    },
  };
}
