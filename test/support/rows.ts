// Queries a database directly, past its node. An embedded one can be opened only when its node has stopped.

import { join } from 'node:path';

import { PGlite } from '@electric-sql/pglite';
import postgres from 'postgres';

import { type TestDatabase } from './database.js';

export type Row = Readonly<Record<string, unknown>>;

/** Runs one statement and returns its rows. */
export async function rowsOf(database: TestDatabase, statement: string): Promise<readonly Row[]> {
  const url = database.env['DATABASE_URL'];
  if (url === undefined) {
    const pglite = await PGlite.create(join(database.env['DATA_DIR'] ?? '', 'pg'));
    try {
      return (await pglite.query<Row>(statement)).rows;
    } finally {
      await pglite.close();
    }
  }
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return [...(await sql.unsafe<Row[]>(statement))];
  } finally {
    await sql.end({ timeout: 5 });
  }
}
