// The database's clock after its connections were lost, and what a task does to them that takes too long.

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

/** Opens it with its tables, and a log that keeps its warnings. */
async function open(url: string): Promise<{ readonly database: Database; readonly told: readonly string[] }> {
  const told: string[] = [];
  const log = createLog('silent', false);
  log.warn = (_line: unknown, message = '') => told.push(message);
  const database = openPostgres(url, poolSize, log);
  await database.migrate();
  whenFileEnds(() => database.close());
  return { database, told };
}

describe.runIf(databaseKind === 'postgres')("FAULT-05 the database's clock", () => {
  it.each([
    ['while something is asked', true],
    ['while nothing is', false],
  ])('MUST be read again when connections are lost %s', async (_when, isAsked) => {
    const server = await freshServerDatabase();
    const proxy = await startProxy(server.url);
    const { database } = await open(proxy.url);
    const aheadMs = () => database.clock.now().getTime() - Date.now();
    const ask = () => database.read((db) => db.execute(sql`select 1`));
    await ask();
    // The first answer over new connections has the clock measured beside it; this waits for the end of that.
    await database.clock.measure();
    expect(Math.abs(aheadMs())).toBeLessThan(dayMs / 2);

    // From now on the server has another time, as one has that takes the place of another.
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
  const { database, told } = await open((await freshServerDatabase()).url);
  const tooLong = sql`select pg_sleep(30)`;
  const works: Readonly<Record<string, (on: Database) => Promise<unknown>>> = {
    'runs out of time': (on) => on.within(1_200).read((db) => db.execute(tooLong)),
    'is ended by the server': (on) =>
      on.transact(async (tx) => {
        await tx.execute(sql`set local statement_timeout = 50`);
        await tx.execute(tooLong);
      }),
  };

  /** Which connections there are for operations: all serve at once. */
  async function backends(): Promise<ReadonlySet<unknown>> {
    const own = sql<number>`pg_backend_pid()`;
    const look = () =>
      database.read(async (db) => {
        const [row] = await db.select({ own, slept: sql`pg_sleep(0.2)` }).from(sql`(values (1)) as one`);
        return row?.own;
      });
    return new Set(await Promise.all(Array.from({ length: poolSize }, look)));
  }

  it.each(Object.keys(works))('MUST be no outage where it is a task that %s', async (name) => {
    const before = await backends();
    expect(before.size).toBe(poolSize);
    await expect(works[name]?.(database.forTasks())).rejects.toThrow('cannot be reached');
    expect(told).toEqual([]);
    expect([...(await backends())].filter((one) => before.has(one))).toHaveLength(poolSize - 1);
  });

  it('MUST be one where it is an operation, and end all connections', async () => {
    const before = await backends();
    await expect(works['runs out of time']?.(database)).rejects.toThrow('cannot be reached');
    expect(told).toEqual([expect.stringContaining('does not serve')]);
    expect([...(await backends())].filter((one) => before.has(one))).toEqual([]);
  });
});
