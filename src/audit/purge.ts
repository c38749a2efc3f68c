// Takes events out of the audit trail when they are older than it is kept.

import { lt } from 'drizzle-orm';

import { type Clock } from '../common/clock.js';
import { type Database } from '../db/database.js';
import { purgeRows } from '../db/batchDelete.js';
import { securityEvents } from '../db/schema.js';

const dayMs = 86_400_000;

/**
 * @param keptDays for how many days an event is kept
 * @returns how many went
 * @throws DatabaseUnavailable when it could not go on
 */
export async function purgeSecurityEvents(
  { database, clock }: { readonly database: Pick<Database, 'transact'>; readonly clock: Clock },
  keptDays: number,
): Promise<number> {
  const { id, at } = securityEvents;
  const before = new Date(clock.now().getTime() - keptDays * dayMs);
  return purgeRows(database, { id, oldest: at, isOver: lt(at, before) });
}
