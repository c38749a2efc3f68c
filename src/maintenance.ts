// Deletes what has expired, and finishes what acts have left to be done behind their answers, on any node. It works in
// small batches, so that no request waits for it.

import { lt, isNotNull, or } from 'drizzle-orm';

import { purgeSecurityEvents } from './audit/events.js';
import { purgeChallenges } from './auth/challenges.js';
import { purgeProviderLogouts } from './auth/providers/logouts.js';
import { type Eraser } from './auth/services.js';
import { daysBefore } from './common/clock.js';
import { purgeRows } from './db/queries.js';
import { knownNetworks, rateLimits, users } from './db/schema/index.js';
import { writeBulkEnd } from './sessions/end.js';
import { endExpiredUnseen } from './sessions/expire.js';
import { endIdleUnseen } from './sessions/idle.js';
import { purgeEndedSessions } from './sessions/purge.js';
import { type SessionServices } from './sessions/services.js';
import { type Tickets } from './tickets/tickets.js';
import { purgePastEmails } from './users/users.js';

/** For how many days Hufu keeps ended sessions and events. */
export interface Retention {
  readonly sessionHistoryDays: number;
  readonly securityEventsDays: number;
}

/** For how many days a network stays known from which no user signs in any more. */
const knownNetworkDays = 90;

/** How often, in milliseconds; each node begins at a moment of its own, so that they take turns. */
const everyMs = 600_000;

/** The same for work that a node may have left when it was ended. */
const finishEveryMs = 15_000;

/** The same for the first time: it may be this node that was ended. */
const finishWithinMs = 3_000;

/** Tickets are left out or null where the node mints none. */
export type MaintenanceServices = SessionServices & {
  readonly tickets?: Pick<Tickets, 'maintain'> | null;
};

/** Starts the maintenance; the returned function stops it. */
export function startMaintenance(
  services: MaintenanceServices & { readonly eraser: Eraser },
  retention: Retention,
): () => void {
  const finish = () => {
    services.background.run('finish what acts have begun', () => finishActs(services), 'finish acts');
  };
  const stops = [
    repeat(everyMs, everyMs, () => {
      maintain(services, retention);
    }),
    repeat(finishWithinMs, finishEveryMs, finish),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Repeats work, first at a random moment within the first time; the returned function stops it. */
function repeat(firstMs: number, everyMs: number, work: () => void): () => void {
  const begin = () => {
    work();
    timer = setTimeout(begin, everyMs).unref();
  };
  let timer = setTimeout(begin, firstMs * Math.random()).unref();
  return () => {
    clearTimeout(timer);
  };
}

/**
 * Does every task once, in the background. A task that fails is logged and stops no other. Each measures the database's
 * time first: what is deleted by a wrong time is gone.
 */
export function maintain(services: MaintenanceServices, retention: Retention): void {
  const { clock, background } = services;
  const database = services.database.forTasks();
  const own = { ...services, database };
  const tasks: Readonly<Record<string, () => Promise<unknown>>> = {
    'end expired sessions': () => endExpiredUnseen(own),
    'end idle sessions': () => endIdleUnseen(own),
    'purge ended sessions': () => purgeEndedSessions(own, retention.sessionHistoryDays),
    'purge the audit trail': () => purgeSecurityEvents(own, retention.securityEventsDays),
    'purge earlier emails': () => purgePastEmails(own, retention.securityEventsDays),
    'purge challenges': () => purgeChallenges(own),
    'keep the keys of tickets': () => services.tickets?.maintain() ?? Promise.resolve(),
    'purge logouts of providers': () => purgeProviderLogouts(own),
    'purge the counts of attempts': () => {
      const { key, expire } = rateLimits;
      // Expired, a row counts as none.
      return purgeRows(database, { id: key, oldest: expire, isOver: lt(expire, clock.now()) });
    },
    'forget networks that are no longer used': () => {
      const { key, seenAt } = knownNetworks;
      const oldest = daysBefore(clock.now(), knownNetworkDays);
      return purgeRows(database, { id: key, oldest: seenAt, isOver: lt(seenAt, oldest) });
    },
  };
  for (const [name, task] of Object.entries(tasks)) {
    background.run(
      name,
      async () => {
        await database.clock.measure();
        await task();
      },
      name,
    );
  }
}

/** The accounts that are looked up at once. */
const batchSize = 100;

/**
 * Writes the ends that bulk ends have left, and erases what is left of deleted accounts.
 *
 * @throws DatabaseUnavailable when it could not go on
 */
async function finishActs(
  services: Pick<SessionServices, 'database' | 'background'> & { readonly eraser: Eraser },
): Promise<void> {
  const { database, background, eraser } = services;
  for (;;) {
    const unfinished = await database.read((db) =>
      db
        .select({ id: users.id, tracesLeft: users.tracesLeft, before: users.sessionsEndedBefore })
        .from(users)
        .where(or(users.tracesLeft, isNotNull(users.sessionsEndedBefore)))
        .limit(batchSize),
    );
    for (const { id, tracesLeft, before } of unfinished) {
      if (before !== null) await writeBulkEnd(services, id);
      if (tracesLeft) await eraser.finish(id);
    }
    if (unfinished.length < batchSize || background.stopping()) return;
  }
}
