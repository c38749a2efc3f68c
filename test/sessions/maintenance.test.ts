// Maintenance among many rows that have not expired: every task finds its rows by an index.

import { setImmediate as turn } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { createEraser } from '../../src/auth/deleteAccount.js';
import { maintain } from '../../src/maintenance.js';
import { openPostgres } from '../../src/db/postgres/database.js';
import { createLog } from '../../src/observability/log.js';
import { databaseKind, readyDatabase, type TestDatabase } from '../support/database.js';
import { rowsOf } from '../support/rows.js';
import { servicesOver } from './harness.js';

const many = 10_000;

/** Inserts tables of which only a few sessions have expired. */
const fill = `
  insert into hufu.users (id, email, email_key, password_hash, created_at)
    values (gen_random_uuid(), 'ann@example.com', 'ann@example.com', 'none', now());
  insert into hufu.sessions (id, user_id, slot, device_kind, methods, proved_at, signed_in_at, last_seen_at, expires_at)
    select gen_random_uuid(), id, n::text, 'WEB', '{PASSWORD}', now(), now() - interval '1 day',
      now() - case when n % 2000 = 0 then interval '2 h' else interval '1 s' end,
      now() + case when n % 2000 = 1 then interval '-1 s' else n * interval '1 min' end
    from hufu.users, generate_series(1, ${String(many)}) n;
  insert into hufu.sessions
    (id, user_id, slot, device_kind, methods, proved_at, signed_in_at, last_seen_at, expires_at, ended_at, end_reason)
    select gen_random_uuid(), id, n::text, 'WEB', '{PASSWORD}', now(), now() - interval '1 day', now(), now(), now(), 'LOGGED_OUT'
    from hufu.users, generate_series(1, ${String(many)}) n;
  insert into hufu.security_events (id, user_id, kind, outcome, at)
    select gen_random_uuid(), id, 'LOGIN', 'SUCCEEDED', now() from hufu.users, generate_series(1, ${String(many)}) n;
  insert into hufu.past_emails (id, user_id, email_key, replaced_at)
    select gen_random_uuid(), id, n::text, now() from hufu.users, generate_series(1, ${String(many)}) n;
  insert into hufu.known_networks (key, user_id, seen_at)
    select n::text, id, now() from hufu.users, generate_series(1, ${String(many)}) n;
  insert into hufu.rate_limits (key, points, expire)
    select n::text, 1, now() + interval '1 h' from generate_series(1, ${String(many)}) n;
  analyze;`;

/** Returns how many rows of the large tables were read without an index, and how many sessions by an index. */
async function readSoFar(
  database: TestDatabase,
): Promise<{ readonly scanned: number; readonly found: number }> {
  const others = `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
    and backend_type <> 'autovacuum worker'`;
  // A backend has reported its statistics when it has ended.
  await expect.poll(() => rowsOf(database, others), { timeout: 20_000 }).toEqual([]);
  const [row] = await rowsOf(
    database,
    `select sum(seq_tup_read) as scanned, sum(idx_tup_fetch) filter (where relname = 'sessions') as found
       from pg_stat_user_tables
       where relname in ('sessions', 'security_events', 'past_emails', 'known_networks', 'rate_limits')`,
  );
  return { scanned: Number(row?.['scanned']), found: Number(row?.['found']) };
}

async function open(test: TestDatabase) {
  const database = openPostgres(test.env['DATABASE_URL'] ?? '', 2, createLog('silent', false));
  await database.migrate();
  return database;
}

describe.runIf(databaseKind === 'postgres')('PURGE-05 the anonymisation of a deleted account', () => {
  /** Runs the given erasure of an account with 20,000 sessions on two nodes, and checks that each row is read once. */
  async function expectReadOnce(
    isInterrupted: boolean,
    erase: (finish: (node: number) => Promise<void>, isErased: () => Promise<boolean>) => Promise<void>,
  ) {
    const test = await readyDatabase();
    await open(test).then((database) => database.close());
    await rowsOf(test, fill);
    await rowsOf(
      test,
      `update hufu.sessions set ip = '192.0.2.1';
       update hufu.users set email = null, email_key = null, password_hash = null, deleted_at = now(), traces_left = true`,
    );
    await rowsOf(test, 'vacuum (analyze) hufu.sessions');
    const [owner] = await rowsOf(test, 'select id from hufu.users');
    const before = await readSoFar(test);
    const databases = [await open(test), await open(test)];
    const erasers = databases.map((database) => {
      const services = servicesOver(database);
      const background = { ...services.background, stopping: () => isInterrupted };
      return createEraser({ ...services, background });
    });
    const isErased = async () =>
      (await rowsOf(test, 'select from hufu.users where traces_left')).length === 0;
    await erase((node) => erasers[node % 2]?.finish(String(owner?.['id'])) ?? Promise.resolve(), isErased);
    for (const database of databases) await database.close();
    expect(await isErased()).toBe(true);
    expect(await rowsOf(test, 'select id from hufu.sessions where ip is not null')).toEqual([]);
    // Each of the 20,000 sessions is found and read once, with a margin of half.
    expect((await readSoFar(test)).found - before.found).toBeLessThan(1.5 * 2 * 2 * many);
  }

  it('MUST NOT begin again where maintenance finds the account meanwhile', () =>
    expectReadOnce(false, async (finish) => {
      const state = { isErased: false };
      const erasure = finish(0).then(() => {
        state.isErased = true;
      });
      const joined: Promise<void>[] = [];
      while (!state.isErased) {
        joined.push(finish(0));
        await turn();
      }
      await Promise.all([erasure, ...joined]);
    }));

  it('MUST continue on another node after an interruption', () =>
    expectReadOnce(true, async (finish, isErased) => {
      for (let batch = 0; batch < 5 * (many / 1_000) && !(await isErased()); batch += 1) await finish(batch);
    }));

  it('MUST be shared by two nodes that find the account at once', () =>
    expectReadOnce(false, async (finish, isErased) => {
      while (!(await isErased())) await Promise.all([finish(0), finish(1)]);
    }));
});

describe.runIf(databaseKind === 'postgres')('PURGE-04 maintenance', () => {
  it('MUST find expired rows by indexes, and read live sessions once, page by page', async () => {
    const test = await readyDatabase();
    await open(test).then((database) => database.close());
    await rowsOf(test, fill);
    const before = await readSoFar(test);
    const database = await open(test);
    const services = servicesOver(database, { idleSeconds: 3_600, limit: 0 });
    maintain(services, { sessionHistoryDays: 90, securityEventsDays: 90 });
    await services.background.drained();
    await database.close();
    const after = await readSoFar(test);

    const ended = `select end_reason, count(*)::int as count from hufu.sessions
      where end_reason in ('IDLE', 'EXPIRED') group by 1 order by 1`;
    expect(await rowsOf(test, ended)).toEqual([
      { end_reason: 'EXPIRED', count: many / 2_000 },
      { end_reason: 'IDLE', count: many / 2_000 },
    ]);
    expect(after.scanned - before.scanned).toBe(0);
    // Pages that began at the first row would read three times as many rows.
    expect(after.found - before.found).toBeLessThan(2.5 * many);
  });
});
