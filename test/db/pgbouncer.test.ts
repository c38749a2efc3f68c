// Nodes behind PgBouncer, which shares a few server sessions among many connections.

import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';

import { type PoolMode } from '../../src/config/database.js';
import { type Database } from '../../src/db/database.js';
import { openPostgres } from '../../src/db/postgres/database.js';
import { startupParameters } from '../../src/db/postgres/sessionSettings.js';
import { createLog, type Log } from '../../src/observability/log.js';
import { outcomeOf } from '../faults/load.js';
import { startProxy } from '../faults/proxy.js';
import { freshServerDatabase, query } from '../faults/serverDatabase.js';
import { run } from '../support/account.js';
import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import { hostileSettings, setHostile } from '../support/hostileSettings.js';
import { login, meOperation, password, randomEmail, register } from '../support/operations.js';
import { keepsPrepared, needsPgBouncer, pgbouncerVersion, startPgBouncer } from '../support/pgbouncer.js';
import { sessionEndedOn, watch } from '../support/socket.js';
import { startNode } from '../support/startNode.js';

/** Fewer sessions than a node has connections: transactions move from session to session. */
const few = { default_pool_size: '3' };

const sessionMode = { pool_mode: 'session', default_pool_size: '40' };

function open(
  url: string,
  log: Log = createLog('silent', false),
  poolMode: PoolMode = 'transaction',
): Database {
  const database = openPostgres(url, 4, log, { directUrl: null, poolMode });
  onTestFinished(() => database.close());
  return database;
}

function warnings(): { readonly log: Log; readonly text: () => string } {
  const lines: string[] = [];
  const write = (line: string) => {
    lines.push(line);
  };
  return { log: pino({ level: 'warn' }, { write }), text: () => lines.join('') };
}

describe.runIf(databaseKind === 'postgres')('POOL-01 PgBouncer', () => {
  if (pgbouncerVersion === null) {
    it.skip(needsPgBouncer);
    return;
  }

  it.each([
    ['transaction', few],
    ['session', sessionMode],
  ] as const)(
    'in %s mode MUST serve every operation, and one session MUST be live after eight logins at once',
    async (mode, settings) => {
      const database = await freshServerDatabase();
      const pooler = await startPgBouncer(database.url, settings);
      const env = { DATABASE_URL: pooler.url, DATABASE_POOL_MODE: mode };
      // PgBouncer's known limits cause warnings.
      const parts = { database: { env }, env: { LOG_LEVEL: 'error' } };
      const nodes = await Promise.all([startNode(parts), startNode(parts)]);
      const urlOf = (index: number) => nodes[index % 2]?.url ?? '';
      const email = randomEmail();
      await register(urlOf(0), { email });
      const logins = await Promise.all(Array.from({ length: 8 }, (_, index) => login(urlOf(index), email)));
      for (const { __typename } of logins) expect(__typename).toBe('LoginSuccess');
      const { token } = await login(urlOf(0), email);
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          gql(urlOf(index), { query: meOperation, token }).then(outcomeOf),
        ),
      );
      expect(new Set(outcomes)).toEqual(new Set(['ok']));
      const newPassword = 'Zw7-gelb-Ofenrohr-9';
      const changed = await run(
        urlOf(1),
        'changePassword',
        { currentPassword: password, newPassword },
        token,
      );
      expect(changed.__typename).toBe('ChangePasswordSuccess');
      const live = 'select count(*)::int as live from hufu.sessions where ended_at is null';
      expect(await query(database.url, live)).toEqual([{ live: 1 }]);
      await Promise.all(nodes.map((node) => node.stop()));
    },
  );

  it.each([
    ['transaction', few],
    ['session', sessionMode],
  ] as const)('in %s mode MUST give every statement the settings of the node', async (mode, settings) => {
    const server = await freshServerDatabase();
    await setHostile(server);
    // The first ends sessions of PgBouncer's own, whatever its clients set; the second, statements of this test's.
    await query(server.adminUrl, `alter role ${server.name} set idle_session_timeout = 0`);
    await query(server.adminUrl, `alter role ${server.name} set statement_timeout = '9s'`);
    const pooler = await startPgBouncer(server.url, settings);
    const database = open(pooler.url, undefined, mode);
    await database.migrate();
    const names = Object.keys(hostileSettings).filter((name) => !/^(?:default_|idle_session)/.test(name));
    const list = sql.raw(names.map((name) => `current_setting('${name}')`).join(`, `));
    const rows = sql<string>`concat_ws('|', current_setting('transaction_isolation'), ${list})`;
    const expected = 'read committed|ISO, MDY|postgres|UTC|1|hex|UTF8|on|on|off|public|on|on|4s|0|2s|auto';
    const from = sql`(select 1) as one`;
    const prepared = database.prepare((db) => db.select({ rows }).from(from).prepare('settings'));
    const answers = await Promise.all([
      ...Array.from({ length: 8 }, () => prepared({})),
      ...Array.from({ length: 8 }, () => database.read((db) => db.select({ rows }).from(from))),
      ...Array.from({ length: 8 }, () => database.transact((tx) => tx.select({ rows }).from(from))),
    ]);
    expect(new Set(answers.map(([row]) => row?.rows))).toEqual(new Set([expected]));
    // Another program behind the same pooler keeps its settings.
    const other = await query(pooler.url, "select current_setting('search_path') as path");
    expect(other).toEqual([{ path: 'elsewhere' }]);
  });

  it('MUST cause a warning when it ignores startup parameters', async () => {
    const server = await freshServerDatabase();
    await query(server.adminUrl, `alter role ${server.name} set statement_timeout = '9s'`);
    const ignored = Object.keys(startupParameters(0)).join(',');
    const pooler = await startPgBouncer(server.url, { ...few, ignore_startup_parameters: ignored });
    const database = open(pooler.url);
    await database.migrate();
    const timeout = sql<string>`current_setting('statement_timeout')`;
    const rows = await database.read((db) => db.select({ timeout }).from(sql`(select 1) as one`));
    expect(rows).toEqual([{ timeout: '4s' }]);
    expect(await query(pooler.url, 'show statement_timeout')).toEqual([{ statement_timeout: '9s' }]);
  });

  it('MUST release the locks of a silent node within a few seconds', async () => {
    const server = await freshServerDatabase();
    const pooler = await startPgBouncer(server.url, { ...few, idle_transaction_timeout: '0' });
    const proxy = await startProxy(pooler.url);
    const silent = open(proxy.url);
    const healthy = open(pooler.url);
    await Promise.all([silent.migrate(), healthy.migrate()]);
    const lock = sql`select pg_advisory_xact_lock(42)`;
    const held = silent.transact(async (tx) => {
      await tx.execute(lock);
      proxy.silence();
      await tx.execute(sql`select 1`);
    });
    await expect(held).rejects.toThrow();
    // It waited for 4 s, and the server lets go after 3.
    await healthy.transact((tx) => tx.execute(lock));
    await proxy.pass();
  });

  it('MUST let only one node migrate at a time', async () => {
    const server = await freshServerDatabase();
    const pooler = await startPgBouncer(server.url);
    const nodes = Array.from({ length: 5 }, () => open(pooler.url));
    await Promise.all(nodes.map((node) => node.migrate()));
    const records = 'select count(*) - count(distinct created_at) as twice from hufu.migrations';
    expect(await query(server.url, records)).toEqual([{ twice: '0' }]);
    const locks = "select count(*) as held from pg_locks where locktype = 'advisory'";
    expect(
      await query(
        server.url,
        `${locks} and database = (select oid from pg_database where datname = current_database())`,
      ),
    ).toEqual([{ held: '0' }]);
  });

  it('MUST NOT get named prepared statements unless it supports them', async () => {
    const server = await freshServerDatabase();
    const pooler = await startPgBouncer(server.url, { default_pool_size: '1' });
    const { log, text } = warnings();
    const database = open(pooler.url, log);
    await database.migrate();
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => database.read((db) => db.execute(sql`select ${n}::int`))),
    );
    const name = sql<string>`name`;
    const names = await database.read((db) => db.select({ name }).from(sql`pg_prepared_statements`));
    if (keepsPrepared) {
      expect(names.length).toBeGreaterThan(0);
      for (const { name } of names) expect(name).toMatch(/^PGBOUNCER_/);
    } else {
      expect(names).toHaveLength(0);
    }
    expect(text().includes('max_prepared_statements')).toBe(!keepsPrepared);
  });

  it('MUST be bypassed by the listener through DATABASE_DIRECT_URL, without which the start warns', async () => {
    const server = await freshServerDatabase();
    const pooler = await startPgBouncer(server.url);
    const pooled = { DATABASE_URL: pooler.url };
    const direct = { ...pooled, DATABASE_DIRECT_URL: server.url };
    const [without, withDirect] = [warnings(), warnings()];
    const [first, second] = await Promise.all([
      startNode({ database: { env: direct }, log: withDirect.log }),
      startNode({ database: { env: pooled }, log: without.log }),
    ]);
    await expect.poll(without.text, { timeout: 10_000 }).toContain('DATABASE_DIRECT_URL');
    expect(withDirect.text()).not.toContain('DATABASE_DIRECT_URL');
    const listeners =
      "select count(*)::int as count from pg_stat_activity where query like 'listen %' and usename = current_user";
    await expect.poll(() => query(server.url, listeners), { timeout: 10_000 }).toEqual([{ count: 1 }]);
    const { token, user } = await register(first.url);
    const device = await watch(first.url, token);
    await login(second.url, user.email);
    expect(await sessionEndedOn(device)).toMatchObject({ reason: 'SUPERSEDED' });
    await Promise.all([first.stop(), second.stop()]);
  });
});
