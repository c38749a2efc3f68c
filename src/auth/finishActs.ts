// Finishes what acts on accounts leave to be done behind their answers, whichever node began it.

import { isNotNull, or } from 'drizzle-orm';

import { users } from '../db/schema.js';
import { writeMarkedEnds } from '../sessions/endMany.js';
import { type SessionServices } from '../sessions/services.js';
import { eraseTraces } from './eraseTraces.js';

/** The accounts that are looked up at once. */
const batchSize = 100;

/**
 * Writes the tombstones that are missing, and erases what is left of deleted accounts.
 *
 * @throws DatabaseUnavailable when it could not go on
 */
export async function finishActs(services: Pick<SessionServices, 'database' | 'background'>): Promise<void> {
  const { database, background } = services;
  for (;;) {
    const unfinished = await database.read((db) =>
      db
        .select({ id: users.id, tracesLeft: users.tracesLeft, before: users.sessionsEndedBefore })
        .from(users)
        .where(or(users.tracesLeft, isNotNull(users.sessionsEndedBefore)))
        .limit(batchSize),
    );
    for (const { id, tracesLeft, before } of unfinished) {
      if (before !== null) await writeMarkedEnds(services, id);
      if (tracesLeft) await eraseTraces(services, id);
    }
    if (unfinished.length < batchSize || background.stopping()) return;
  }
}
