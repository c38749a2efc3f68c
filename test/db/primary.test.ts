// With several hosts in DATABASE_URL, nodes use the one that accepts writes.

import { sql } from 'drizzle-orm';
import { describe, expect, it, onTestFinished } from 'vitest';

import { readDatabaseUrl } from '../../src/config/databaseUrl.js';
import { type Database } from '../../src/db/database.js';
import { DatabaseUnavailable } from '../../src/db/errors.js';
import { serversOf } from '../../src/db/postgres/connection.js';
import { openPostgres } from '../../src/db/postgres/database.js';
import { openPool } from '../../src/db/postgres/pool.js';
import { createLog } from '../../src/observability/log.js';
import { freshServerDatabase, query } from '../faults/serverDatabase.js';
import { databaseKind } from '../support/database.js';
import { startPostgres } from '../support/postgresProcess.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

function open(url: string): Database {
  const database = openPostgres(url, 2, createLog('silent', false));
  onTestFinished(() => database.close());
  return database;
}

/** Returns the port of the server that answers. */
const portOf = (database: Database) =>
  database.read(async (db) => {
    const [row] = await db.select({ port: sql<number>`inet_server_port()` }).from(sql`(select 1) as one`);
    return row?.port;
  });

describe.runIf(databaseKind === 'postgres')('DB-05 a node with several hosts', () => {
  it('MUST use the one that accepts writes, also after a failover', { timeout: 60_000 }, async () => {
    const fast = { fsync: 'off' };
    const [first, second] = await Promise.all([startPostgres(fast), startPostgres(fast, null, true)]);
    whenFileEnds(async () => {
      await first.stop();
      await second.stop();
    });
    const [firstPort, secondPort] = [first, second].map(({ url }) => Number(new URL(url).port));
    const both = `postgres://postgres@127.0.0.1:${String(secondPort)},127.0.0.1:${String(firstPort)}/postgres`;

    const standby = open(second.url);
    await expect(standby.migrate()).rejects.toMatchObject({
      name: 'NotPrimary',
      code: '25006',
      message: expect.stringContaining('is a standby') as string,
    });
    expect(await standby.ready()).toBe('READ_ONLY');
    const database = open(both);
    await database.migrate();
    expect(await portOf(database)).toBe(firstPort);

    await first.stop();
    await query(second.url, 'select pg_promote()');
    const later = () => portOf(database).catch(() => null);
    await expect.poll(later, { timeout: 20_000, interval: 200 }).toBe(secondPort);
    expect(await database.ready()).toBe('TABLES_MISSING');
  });

  it('MUST fail as DatabaseUnavailable while only a former primary answers', async () => {
    const { url } = await freshServerDatabase();
    const servers = serversOf(readDatabaseUrl(url));
    servers.leftBehind = new Set(servers.order);
    const nothing = () => undefined;
    const pool = openPool({ servers, size: 1, onTrouble: nothing, onConnected: nothing, onServed: nothing });
    onTestFinished(() => pool.close());
    const work = pool.use(4_000, (db) => db.execute(sql`select 1`));
    await expect(work).rejects.toBeInstanceOf(DatabaseUnavailable);
  });
});
