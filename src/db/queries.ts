// The parts of queries that several tables share: rows by their uuids, a page of a user's rows, deletion in batches.

import { and, asc, desc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import { type PgColumn } from 'drizzle-orm/pg-core';

import { type Database, type Db } from './database.js';

/**
 * Makes the condition that the column is one of the uuids. The statement's text is the same however many there are, so that it is prepared
 * once.
 *
 * @param uuids canonical, as the database or the server made them: they are not quoted
 */
export function inUuids(column: PgColumn, uuids: readonly string[]): SQL {
  return sql`${column} = any(${`{${uuids.join(',')}}`}::uuid[])`;
}

const largestPage = 100;

/** One page of a list, or the argument that cannot be used. */
export type Page<T> =
  | {
      readonly kind: 'page';
      readonly entries: readonly T[];
      readonly hasNextPage: boolean;
      readonly hasPreviousPage: boolean;
    }
  /** The page's size is out of range, or its start is no row of the user. */
  | { readonly kind: 'invalid'; readonly argument: 'first' | 'after' };

export interface PageQuestion {
  readonly userId: string;
  /** How many at most, 1 to {@link largestPage}. */
  readonly first: number;
  /** The id of the row that the page follows; null for the newest page. It must be the user's own. */
  readonly after: string | null;
}

/** The columns of a table that name the owner of a row, its time and its id. */
export interface PageColumns {
  readonly userId: PgColumn;
  readonly at: PgColumn;
  readonly id: PgColumn;
}

/** The conditions of a page's query; there is an index for them. */
export interface Window {
  readonly where: SQL | undefined;
  readonly order: readonly [SQL, SQL];
  readonly limit: number;
}

/**
 * Reads a page of a user's rows, newest first. It begins after a row of that user: rows that come or go meanwhile move
 * nothing from one page to another.
 *
 * @param select runs the query for the rows of a window
 * @throws DatabaseUnavailable when it cannot be read
 */
export async function readPage<Row>(
  database: Pick<Database, 'read'>,
  { userId, first, after }: PageQuestion,
  keys: PageColumns,
  select: (db: Db, window: Window) => Promise<Row[]>,
): Promise<Page<Row>> {
  if (!Number.isInteger(first) || first < 1 || first > largestPage)
    return { kind: 'invalid', argument: 'first' };

  return database.read(async (db) => {
    const own = eq(keys.userId, userId);
    if (after !== null) {
      const start = and(eq(keys.id, after), own);
      const found = await db.select({ id: keys.id }).from(keys.id.table).where(start);
      if (found.length === 0) return { kind: 'invalid', argument: 'after' };
    }
    const { id, at } = keys;
    const isOlder = sql`(${at}, ${id}) < (select ${at}, ${id} from ${id.table} where ${eq(id, after)})`;
    const rows = await select(db, {
      where: after === null ? own : and(own, isOlder),
      order: [desc(at), desc(id)],
      // One more than asked for tells whether there is a next page.
      limit: first + 1,
    });
    return {
      kind: 'page',
      entries: rows.slice(0, first),
      hasNextPage: rows.length > first,
      hasPreviousPage: after !== null,
    };
  });
}

/** The most rows of one statement. */
const batch = 500;

export interface Purge {
  /** The primary key of the table. */
  readonly id: PgColumn;
  /** The column by which the rows are found, the oldest first; there is an index for it. */
  readonly oldest: PgColumn;
  readonly isOver: SQL | undefined;
}

/**
 * Deletes the rows that are over, in small batches, so that no request waits for it. Several nodes may do so at once: each takes
 * rows that no other node is taking.
 *
 * @returns how many rows were deleted
 * @throws DatabaseUnavailable when it could not go on; batches that were deleted before stay deleted
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
