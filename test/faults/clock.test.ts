// The database's clock after lost connections, and the connections after work that takes too long.

import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';

import { type Database } from '../../src/db/database.js';
import { openPostgres } from '../../src/db/postgres/database.js';
import { createLog } from '../../src/observability/log.js';
import { databaseKind } from '../support/database.js';
import { whenFileEnds } from '../support/whenFileEnds.js';
import { startProxy } from './proxy.js';
import { freshServerDatabase, query } from './serverDatabase.js';

const poolSize = 3;
const dayMs = 86_400_000;

/** Opens a database with its tables, and with a log that keeps its warnings. */
async function open(
  url: string,
): Promise<{ readonly database: Database; readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  const log = createLog('silent', false);
  log.warn = (_line: unknown, message = '') => warnings.push(message);
  const database = openPostgres(url, poolSize, log);
  await database.migrate();
  whenFileEnds(() => database.close());
  return { database, warnings };
}

describe.runIf(databaseKind === 'postgres')("FAULT-05 the database's clock", () => {
  it.each([
    ['during a query', true],
    ['between queries', false],
  ])('MUST be measured again when connections are lost %s', async (_when, isAsked) => {
    const server = await freshServerDatabase();
    const proxy = await startProxy(server.url);
    const { database } = await open(proxy.url);
    const aheadMs = () => database.clock.now().getTime() - Date.now();
    const ask = () => database.read((db) => db.execute(sql`select 1`));
    await ask();
    // New connections start a measurement; this call waits for it.
    await database.clock.measure();
    expect(Math.abs(aheadMs())).toBeLessThan(dayMs / 2);

    // From now on the server has another time, as after a failover to another server.
    const admin = new URL(server.adminUrl);
    admin.pathname = new URL(server.url).pathname;
    await query(
      admin.href,
      `create or replace function pg_catalog.clock_timestamp() returns timestamptz language sql
        as $$ select statement_timestamp() + interval '1 day' $$`,
    );
    await ask();
    expect(Math.abs(aheadMs())).toBeLessThan(dayMs / 2);

    const asked = isAsked ? database.read((db) => db.execute(sql`select pg_sleep(30)`)) : null;
    proxy.cut();
    if (asked !== null) await expect(asked).rejects.toThrow();
    else await expect.poll(() => database.connections()?.work.open).toBe(0);
    await expect.poll(() => ask().catch(() => 'away')).not.toBe('away');
    await expect.poll(aheadMs).toBeGreaterThan(dayMs / 2);
    expect(aheadMs()).toBeLessThan(2 * dayMs);
  });
});

describe.runIf(databaseKind === 'postgres')('FAULT-06 work that takes too long', async () => {
  if (databaseKind !== 'postgres') return;
  const { database, warnings } = await open((await freshServerDatabase()).url);
  const tooLong = sql`select pg_sleep(30)`;
  const works: Readonly<Record<string, (on: Database) => Promise<unknown>>> = {
    'runs out of time': (on) => on.within(1_200).read((db) => db.execute(tooLong)),
    'is ended by the server': (on) =>
      on.transact(async (tx) => {
        await tx.execute(sql`set local statement_timeout = 50`);
        await tx.execute(tooLong);
      }),
  };

  /** Returns the backends of all connections of the pool, by using all at once. */
  async function backends(): Promise<ReadonlySet<unknown>> {
    const own = sql<number>`pg_backend_pid()`;
    const read = () =>
      database.read(async (db) => {
        const [row] = await db.select({ own, slept: sql`pg_sleep(0.2)` }).from(sql`(values (1)) as one`);
        return row?.own;
      });
    return new Set(await Promise.all(Array.from({ length: poolSize }, read)));
  }

  it.each(Object.keys(works))('MUST NOT count as an outage in a background task that %s', async (name) => {
    const before = await backends();
    expect(before.size).toBe(poolSize);
    await expect(works[name]?.(database.forTasks())).rejects.toThrow('cannot be reached');
    expect(warnings).toEqual([]);
    expect([...(await backends())].filter((one) => before.has(one))).toHaveLength(poolSize - 1);
  });

  it('MUST count as an outage in an operation, and end all connections', async () => {
    const before = await backends();
    await expect(works['runs out of time']?.(database)).rejects.toThrow('cannot be reached');
    expect(warnings).toEqual([expect.stringContaining('does not serve')]);
    expect([...(await backends())].filter((one) => before.has(one))).toEqual([]);
  });
});
