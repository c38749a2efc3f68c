// Pages of what belongs to a person, newest first, each begun after a row of theirs: rows that come or go meanwhile
// move nothing from one page to another.

import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import { type PgColumn } from 'drizzle-orm/pg-core';

import { type Database, type Db } from './database.js';

const largestPage = 100;

/** One page of a list, or what about the question cannot be answered. */
export type Page<T> =
  | {
      readonly kind: 'page';
      readonly entries: readonly T[];
      readonly hasNextPage: boolean;
      readonly hasPreviousPage: boolean;
    }
  /** The page's size or its start is not one that can be asked for. */
  | { readonly kind: 'invalid'; readonly argument: 'first' | 'after' };

export interface PageQuestion {
  readonly userId: string;
  /** How many at most, 1 to {@link largestPage}. */
  readonly first: number;
  /** The id of the row that the page follows; null for the newest page. It must be the user's own. */
  readonly after: string | null;
}

/** The columns of one table by which its rows are a person's, and in order. */
export interface Keys {
  readonly userId: PgColumn;
  readonly at: PgColumn;
  readonly id: PgColumn;
}

/** What a page's query is narrowed to; there is an index for it. */
export interface Window {
  readonly where: SQL | undefined;
  readonly order: readonly [SQL, SQL];
  readonly limit: number;
}

/**
 * Reads a page.
 *
 * @param select runs the query for the rows of a window
 * @throws DatabaseUnavailable when it cannot be read
 */
export async function readPage<Row>(
  database: Pick<Database, 'read'>,
  { userId, first, after }: PageQuestion,
  keys: Keys,
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
