// One of several rows by their uuids, in a statement whose text is the same however many there are, so that it is
// prepared once.

import { type SQL, sql } from 'drizzle-orm';
import { type PgColumn } from 'drizzle-orm/pg-core';

/**
 * Whether the column is one of the uuids.
 *
 * @param uuids canonical, as the database or the server made them: they are not quoted
 */
export function inUuids(column: PgColumn, uuids: readonly string[]): SQL {
  return sql`${column} = any(${`{${uuids.join(',')}}`}::uuid[])`;
}
