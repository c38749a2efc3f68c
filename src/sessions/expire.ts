// Writes the ends of sessions that have expired: before a request is refused for the age of its session, so that raising a
// setting later revives nothing, and from time to time of those that no client asks for.

import { and, asc, eq, isNull, lte } from 'drizzle-orm';

import { sessions, users } from '../db/schema/index.js';
import { inUuids } from '../db/queries.js';
import { endExpired } from './end.js';
import { lockFree, lockSession, toSession } from './live.js';
import { type SessionServices } from './services.js';
import { expiredReason } from './slots.js';
import { type Session } from './types.js';

/** The longest that a request may wait for the end of its session, in milliseconds. */
const maxMs = 1_500;

/** The most sessions of one transaction. */
export const batchSize = 500;

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
    // Those of a disabled account end when it is enabled. Read here, they would stand in front of the others.
    const rows = await database.read((db) =>
      db
        .select({ session: sessions })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(and(isNull(sessions.endedAt), lte(sessions.expiresAt, clock.now()), isNull(users.disabledAt)))
        .orderBy(asc(sessions.expiresAt))
        .limit(batchSize),
    );
    const expired = rows.map(({ session }) => toSession(session));
    const { endedNow } = await expireAll(services, expired);
    ended += endedNow;
    // Nothing ended: others are at the same work, and get on with it.
    if (rows.length < batchSize || endedNow === 0) return ended;
  }
}

interface Expired {
  readonly endedNow: number;
  /** The ids of those that were left, since another act holds their account just now. */
  readonly held: readonly string[];
}

/** Ends those of the sessions that are live and have expired by their rows; {@link batchSize} of them at most. */
export async function endIfExpired(services: SessionServices, ids: readonly string[]): Promise<Expired> {
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
