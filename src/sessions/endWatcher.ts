// Watches the sessions whose devices subscribe to their end. However the end becomes known, by an event, by time or by the
// sweep, the row is read again before a device is notified, and each is notified once.

import { and, eq, isNotNull, lt, lte, or, sql } from 'drizzle-orm';

import { createDeadlineTimer } from '../common/clock.js';
import { sessions, users } from '../db/schema/index.js';
import { inUuids } from '../db/queries.js';
import { sessionStateOf } from './authenticate.js';
import { type SessionServices } from './services.js';
import { expiryOf } from './slots.js';
import { type RejectedSession, type Session } from './types.js';

/** Called once, with how the session ended. */
export type EndListener = (outcome: RejectedSession) => void;

export interface EndWatcher {
  /**
   * Watches a session until it ends or the returned function is called. An end that came before the watch is
   * reported as well: the row is read after the watch has been set up, never before.
   */
  watch(session: Session, listener: EndListener): () => void;
  /** Looks at all watched sessions now, as it does every 10 s by itself. */
  sweep(): void;
  /** Stops the sweeps and the timer. */
  stop(): void;
}

/** How the watcher reads the rows. */
export interface Reads {
  readonly stateOf: typeof sessionStateOf;
  readonly findEnded: typeof findEnded;
}

/** How often all watched sessions are looked at, in milliseconds: what a crash left unsaid is found by then. */
const sweepMs = 10_000;

interface Watched {
  readonly userId: string;
  readonly listeners: Set<EndListener>;
  expiresAtMs: number;
}

/**
 * Creates the watcher of a node. It hears the ends that every node publishes.
 *
 * @param reads how it reads the rows; a test answers them itself
 */
export function createEndWatcher(
  services: SessionServices,
  reads: Reads = { stateOf: sessionStateOf, findEnded },
): EndWatcher {
  const { clock, background, metrics, policy, endEvents } = services;
  const watched = new Map<string, Watched>();
  let sweeping = false;
  let sweepAgain = false;

  const look = (ids: readonly string[]) => {
    for (const id of ids) if (watched.has(id)) background.run('look at a watched session', () => read(id));
  };

  const read = async (id: string) => {
    const outcome = await reads.stateOf(services, id);
    const entry = watched.get(id);
    if (entry === undefined) return;
    if (outcome.kind === 'active') {
      entry.expiresAtMs = expiryOf(outcome.session, policy).getTime();
      deadline.noLaterThan(entry.expiresAtMs);
    } else if (outcome.kind === 'rejected') {
      watched.delete(id);
      for (const listener of entry.listeners) listener(outcome);
      const lagMs = Math.max(0, clock.now().getTime() - (outcome.at ?? clock.now()).getTime());
      metrics.observe('event_lag_seconds', lagMs / 1_000, {});
    }
    // Unavailable or not known: the next sweep asks again.
  };

  /** One timer for the node, set to the next moment at which a session expires. */
  const deadline = createDeadlineTimer(clock, (nowMs) => {
    let next = Infinity;
    const due: string[] = [];
    for (const [id, { expiresAtMs }] of watched) {
      if (expiresAtMs <= nowMs) due.push(id);
      else next = Math.min(next, expiresAtMs);
    }
    look(due);
    return next;
  });

  const sweep = () => {
    // A sweep that is under way may have read before the end that this one is to find.
    sweepAgain = sweeping;
    if (sweeping || watched.size === 0) return;
    sweeping = true;
    background.run('sweep the watched sessions', async () => {
      try {
        do {
          sweepAgain = false;
          look(await reads.findEnded(services, [...watched.keys()]));
        } while (sweepAgain as boolean);
      } finally {
        sweeping = false;
      }
    });
  };
  const timer = setInterval(sweep, sweepMs).unref();

  endEvents.on('sessions', look);
  endEvents.on('user', (userId) => {
    look([...watched].filter(([, entry]) => entry.userId === userId).map(([id]) => id));
  });
  endEvents.on('gap', sweep);
  endEvents.listen();

  return {
    watch(session, listener) {
      const entry = watched.get(session.id) ?? {
        userId: session.userId,
        listeners: new Set(),
        expiresAtMs: expiryOf(session, policy).getTime(),
      };
      entry.listeners.add(listener);
      watched.set(session.id, entry);
      deadline.noLaterThan(entry.expiresAtMs);
      look([session.id]);
      return () => {
        entry.listeners.delete(listener);
        if (entry.listeners.size === 0 && watched.get(session.id) === entry) watched.delete(session.id);
      };
    },
    sweep,
    stop() {
      clearInterval(timer);
      deadline.stop();
    },
  };
}

/**
 * Finds those of the sessions that have ended, have expired though their rows have no end yet, or whose account is disabled, with
 * one query, whose answer is empty most of the time.
 *
 * @param ids uuids as the database writes them
 * @throws DatabaseUnavailable when they cannot be read
 */
export async function findEnded(
  { database, clock, policy }: Pick<SessionServices, 'database' | 'clock' | 'policy'>,
  ids: readonly string[],
): Promise<readonly string[]> {
  const now = clock.now();
  const idleSince = new Date(now.getTime() - policy.idleSeconds * 1_000);
  const rows = await database.read((db) =>
    db
      .select({ id: sessions.id })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(
        and(
          inUuids(sessions.id, ids),
          or(
            isNotNull(sessions.endedAt),
            and(
              lt(sessions.signedInAt, users.sessionsEndedBefore),
              sql`${sessions.id} is distinct from ${users.sessionsEndedExcept}`,
            ),
            lte(sessions.expiresAt, now),
            policy.idleSeconds === 0 ? undefined : lte(sessions.lastSeenAt, idleSince),
            isNotNull(users.disabledAt),
          ),
        ),
      ),
  );
  return rows.map(({ id }) => id);
}
