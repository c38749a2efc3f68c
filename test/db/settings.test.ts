// Settings of a role, a database and the environment must not change the database sessions of nodes.

import { sql } from 'drizzle-orm';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { DatabaseUnavailable } from '../../src/db/errors.js';
import { openPostgres } from '../../src/db/postgres/database.js';
import { createLog } from '../../src/observability/log.js';
import { outcomeOf } from '../faults/load.js';
import { freshServerDatabase, query } from '../faults/serverDatabase.js';
import { run } from '../support/account.js';
import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import { setHostile } from '../support/hostileSettings.js';
import { login, meOperation, randomEmail, password, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';

describe.runIf(databaseKind === 'postgres')('DB-02 settings of a role and of a database', () => {
  it('MUST NOT affect nodes: every operation works, and one session is live after ten logins at once', async () => {
    const database = await freshServerDatabase();
    await setHostile(database);
    const node = await startNode({ database: { env: { DATABASE_URL: database.url } } });
    const email = randomEmail();
    await register(node.url, { email });
    const logins = await Promise.all(Array.from({ length: 10 }, () => login(node.url, email)));
    for (const { __typename } of logins) expect(__typename).toBe('LoginSuccess');
    const { token } = await login(node.url, email);
    expect(await gql(node.url, { query: meOperation, token }).then(outcomeOf)).toBe('ok');
    const newPassword = 'Zw7-gelb-Ofenrohr-9';
    const changed = await run(node.url, 'changePassword', { currentPassword: password, newPassword }, token);
    expect(changed.__typename).toBe('ChangePasswordSuccess');

    // For the test's own query.
    await query(database.adminUrl, `alter database ${database.name} reset all`);
    const own = new URL(database.adminUrl);
    own.pathname = `/${database.name}`;
    const live = await query(
      own.href,
      'select count(*)::int as live from hufu.sessions where ended_at is null',
    );
    expect(live).toEqual([{ live: 1 }]);
    await node.stop();
  });

  it('MUST NOT change the timeouts and keep-alives of a node', async () => {
    const { url, adminUrl, name } = await freshServerDatabase();
    await query(adminUrl, `alter role ${name} set transaction_timeout = '200ms'`);
    await query(adminUrl, `alter role ${name} set tcp_user_timeout = 0`);
    const database = openPostgres(url, 1, createLog('silent', false));
    onTestFinished(() => database.close());
    await database.migrate();
    const ask = sql<string>`concat_ws(' ', current_setting('tcp_user_timeout'), pg_sleep(0.4)::text)`;
    const [row] = await database.transact((tx) => tx.select({ ask }).from(sql`(select 1) as one`));
    expect(row?.ask.trim()).toBe('3000');
  });

  it('MUST NOT be needed to separate the pools: a write that times out leaves the connections of reads open', async () => {
    const { url } = await freshServerDatabase();
    const database = openPostgres(url, 1, createLog('silent', false));
    onTestFinished(() => database.close());
    await database.migrate();
    const readPid = database.prepare((db) =>
      db
        .select({ pid: sql<number>`pg_backend_pid()` })
        .from(sql`(select 1) as one`)
        .prepare('pid'),
    );
    const [before] = await readPid({});
    const write = database.within(1_200).transact((tx) => tx.execute(sql`select pg_sleep(3)`));
    await expect(write).rejects.toBeInstanceOf(DatabaseUnavailable);
    // The pool of reads has several connections: the one that answered before is still open.
    expect(
      await query(url, `select pid from pg_stat_activity where pid = ${String(before?.pid)}`),
    ).toHaveLength(1);
    expect(await readPid({})).toHaveLength(1);
  });

  it('MUST NOT come from environment variables of the driver', async () => {
    const variables = {
      PGTARGETSESSIONATTRS: 'standby',
      PGSSL: 'require',
      PGMAX_PIPELINE: '1',
      PGAPPNAME: 'x',
    };
    const database = await freshServerDatabase();
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    const node = await startNode({ database: { env: { DATABASE_URL: database.url } } }).finally(() =>
      vi.unstubAllEnvs(),
    );
    const names = () =>
      query(
        database.url,
        `select distinct application_name as name from pg_stat_activity where usename = current_user
           and pid <> pg_backend_pid() and application_name like 'hufu%' order by 1`,
      );
    // The listener connects after the start.
    await expect.poll(names).toEqual([{ name: 'hufu' }, { name: 'hufu listener' }]);
    await node.stop();
  });
});
