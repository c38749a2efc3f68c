// The statement that ends sessions has the same text for any number of sessions, so that a connection prepares it once and keeps
// it.

import { randomUUID } from 'node:crypto';

import { sql } from 'drizzle-orm';
import { describe, expect, it, onTestFinished } from 'vitest';

import { openConnection, serversOf } from '../../src/db/postgres/connection.js';
import { readDatabaseUrl } from '../../src/config/databaseUrl.js';
import { migrateServer } from '../../src/db/postgres/migrate.js';
import { runTransaction, type Tx } from '../../src/db/database.js';
import { type Session } from '../../src/sessions/types.js';
import { endSessions } from '../../src/sessions/end.js';
import { databaseKind, readyDatabase } from '../support/database.js';

// The embedded database has no round trips to save.
describe.runIf(databaseKind === 'postgres')('endSessions', () => {
  it('prepares one statement for one session and one for many, and PostgreSQL keeps one plan for the first', async () => {
    const { env } = await readyDatabase();
    const url = env['DATABASE_URL'] ?? '';
    const servers = serversOf(readDatabaseUrl(url));
    await migrateServer(servers);
    const { db, drop } = await openConnection({ servers, statementTimeoutMs: 4_000, idleSeconds: null });
    onTestFinished(drop);
    // PostgreSQL makes custom plans for the first five executions, and then decides for a generic plan.
    for (const count of [1, 2, 5, 1, 1, 3, 1, 1, 1]) {
      const sessions = Array.from({ length: count }, () => ({
        id: randomUUID(),
        signedInAt: new Date(0),
        supersededBy: null,
      }));
      const end = (tx: Tx) =>
        Promise.resolve(endSessions(tx, sessions as unknown as Session[], 'LOGGED_OUT', new Date(0)));
      await runTransaction(db, end, true);
    }
    const prepared = await db.execute<{ statement: string; planned: number }>(
      sql`select statement, custom_plans::int as planned from pg_prepared_statements`,
    );
    const ending = prepared.filter(({ statement }) => statement.startsWith('update "hufu"."sessions"'));
    expect(ending).toHaveLength(2);
    const ofOne = ending.filter(({ statement }) => !statement.includes('unnest'));
    expect(ofOne).toMatchObject([{ planned: 5 }]);
  });
});
