// Deletes what is over, in small batches, so that nothing waits for it; safe on several nodes at once, since each
// takes rows that no other is taking.

import { asc, inArray, type SQL } from 'drizzle-orm';
import { type PgColumn } from 'drizzle-orm/pg-core';

import { type Database } from './database.js';

/** The most rows of one statement. */
const batch = 500;

export interface Purge {
  /** The primary key of the table. */
  readonly id: PgColumn;
  /** By which the rows are found, the oldest first; there is an index for it. */
  readonly oldest: PgColumn;
  readonly isOver: SQL | undefined;
}

/**
 * @returns how many rows went
 * @throws DatabaseUnavailable when it could not go on; what went stays gone
 */
export async function purgeRows(
  database: Pick<Database, 'transact'>,
  { id, oldest, isOver }: Purge,
): Promise<number> {
  let purged = 0;
  for (;;) {
    const gone = await database.transact(async (tx) => {
      const over = tx
        .select({ id })
        .from(id.table)
        .where(isOver)
        .orderBy(asc(oldest))
        .limit(batch)
        .for('update', { skipLocked: true });
      return tx.delete(id.table).where(inArray(id, over)).returning({ id });
    });
    purged += gone.length;
    if (gone.length < batch) return purged;
  }
}
