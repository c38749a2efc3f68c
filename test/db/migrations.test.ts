// The migrations: which ones run, the rights that they need, and the errors of a node that cannot run them.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

import { pino } from 'pino';
import postgres from 'postgres';
import { describe, expect, it } from 'vitest';

import { failureText, OperatorError } from '../../src/common/errors.js';
import { openPostgres } from '../../src/db/postgres/database.js';
import { checkServer, errorCode } from '../../src/db/errors.js';
import { createLog } from '../../src/observability/log.js';
import { outcomeOf } from '../faults/load.js';
import {
  freshServerDatabase,
  ownServerDatabase,
  query,
  type ServerDatabase,
} from '../faults/serverDatabase.js';
import { run } from '../support/account.js';
import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, logoutOperation, meOperation, password, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

const silent = createLog('silent', false);

async function migrate(url: string): Promise<void> {
  const database = openPostgres(url, 1, silent);
  await database.migrate().finally(() => database.close());
}

/** A role that may only read and write rows, as docs/operations.md sets it up. */
async function appRole({ url, adminUrl, name }: ServerDatabase): Promise<string> {
  const role = `${name}_app`;
  await query(adminUrl, `create role ${role} login password '${role}'`);
  whenFileEnds(async () => {
    await query(url, `drop owned by ${role}`).catch(() => undefined);
    await query(adminUrl, `drop role if exists ${role}`).catch(() => undefined);
  });
  await query(url, `grant usage on schema hufu to ${role}`);
  await query(url, `grant select, insert, update, delete on all tables in schema hufu to ${role}`);
  const app = new URL(url);
  Object.assign(app, { username: role, password: role });
  return app.href;
}

describe.runIf(databaseKind === 'postgres')('DB-03 migrations', () => {
  it('MUST run a missing one that is older than another that has run', async () => {
    const { url } = await freshServerDatabase();
    await query(url, 'create schema hufu');
    await query(
      url,
      'create table hufu.migrations (id serial primary key, hash text not null, created_at bigint not null)',
    );
    await query(url, `insert into hufu.migrations (hash, created_at) values ('own', 99999999999999)`);
    await migrate(url);
    expect(await query(url, 'select count(*)::int as count from hufu.users')).toEqual([{ count: 0 }]);
  });

  it('MUST be complete, or the node fails /readyz', async () => {
    const { url } = await freshServerDatabase();
    const node = await startNode({ database: { env: { DATABASE_URL: url } } });
    const ready = async () => (await fetch(`${node.url}/readyz`)).status;
    expect(await ready()).toBe(200);
    await query(url, 'alter table hufu.links rename to gone');
    expect(await ready()).toBe(503);
    await query(url, 'alter table hufu.gone rename to links');
    expect(await ready()).toBe(200);
    await query(url, 'delete from hufu.migrations');
    expect(await ready()).toBe(503);
    await node.stop();
  });

  it('MUST NOT run as a role that may only read and write rows, which serves once they have run', async () => {
    const database = await freshServerDatabase();
    await migrate(database.url);
    const url = await appRole(database);
    const node = await startNode({ database: { env: { DATABASE_URL: url } } });
    expect((await register(node.url)).__typename).toBe('RegisterSuccess');
    await node.stop();
    await query(database.url, 'delete from hufu.migrations');
    await expect(migrate(url)).rejects.toThrow(
      /^DATABASE_URL: PostgreSQL at .* refuses \(SQLSTATE 42501\): permission denied .*npm run migrate/,
    );
  });

  it('MUST be followed by a check of the rights of the role, at the start and in /readyz', async () => {
    const database = await freshServerDatabase();
    await migrate(database.url);
    const url = await appRole(database);
    const role = new URL(url).username;
    await query(database.url, `revoke insert on hufu.sessions from ${role}`);
    const refused = await startNode({ database: { env: { DATABASE_URL: url } } }).catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(OperatorError);
    expect(failureText(refused)).toMatch(
      /^DATABASE_URL: PostgreSQL at \S+ does not let the role read and write the rows of hufu\.sessions \(SQLSTATE 42501\)\. Grant it/,
    );

    await query(database.url, `grant insert on hufu.sessions to ${role}`);
    const node = await startNode({ database: { env: { DATABASE_URL: url } } });
    const ready = async () => {
      const response = await fetch(`${node.url}/readyz`);
      return `${String(response.status)} ${await response.text()}`;
    };
    expect(await ready()).toMatch(/^200 /);
    for (const right of ['delete on hufu.rate_limits', 'select on hufu.migrations', 'usage on schema hufu']) {
      await query(database.url, `revoke ${right} from ${role}`);
      expect(await ready()).toMatch(/^503 .*The role of the database lacks rights/);
      await query(database.url, `grant ${right} to ${role}`);
      expect(await ready()).toMatch(/^200 /);
    }
    await node.stop();
  });

  it(
    'MUST log after 5 s which process they wait for, while the node listens',
    { timeout: 60_000 },
    async () => {
      const { url } = await freshServerDatabase();
      const sql = postgres(url, { max: 1 });
      const [held] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid, pg_advisory_lock(4876871)`;
      const lines: string[] = [];
      const log = pino({ level: 'info' }, { write: (line) => lines.push(line) });
      const node = await startNode({ database: { env: { DATABASE_URL: url } }, log });
      const status = async (path: string) => (await fetch(`${node.url}${path}`)).status;
      expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 503]);
      expect(lines.join('')).toContain(`the pid ${String(held?.pid)} holds the lock`);
      expect(lines.join('')).toMatch(/Hufu listens at \S+ and waits for PostgreSQL at/);
      expect(lines.join('')).not.toContain('Hufu is ready');

      await sql.end({ timeout: 1 });
      await expect.poll(() => status('/readyz'), { timeout: 20_000 }).toBe(200);
      await expect.poll(() => lines.join('')).toContain('Hufu is ready at');
      await node.stop();
    },
  );

  it('MUST leave a node of the previous version able to run and to start', async () => {
    const { url } = await freshServerDatabase();
    // The unknown migration causes a warning.
    const parts = { database: { env: { DATABASE_URL: url } }, env: { LOG_LEVEL: 'error' } };
    const node = await startNode(parts);
    const before = await register(node.url);
    const outcomes: string[] = [];
    const done = new AbortController();
    const polling = (async () => {
      while (!done.signal.aborted)
        outcomes.push(await gql(node.url, { query: meOperation, token: before.token }).then(outcomeOf));
    })();

    // The changes that docs/operations.md allows in a migration.
    await query(
      url,
      `do $$ begin
         create table hufu.newer (id uuid primary key, user_id uuid not null references hufu.users (id) on delete cascade);
         alter table hufu.sessions add column newer text;
         alter table hufu.users add column newer text not null default 'unset';
         create index sessions_newer on hufu.sessions (user_id, newer);
         insert into hufu.migrations (hash, created_at) values ('newer', 99999999999999);
       end $$`,
    );
    expect(await query(url, 'select newer from hufu.users')).toEqual([{ newer: 'unset' }]);

    const ready = async (base: string) => (await fetch(`${base}/readyz`)).status;
    expect(await ready(node.url)).toBe(200);
    const useAll = async (base: string) => {
      const { token } = await register(base);
      const newPassword = 'Zw7-gelb-Ofenrohr-9';
      const changed = await run(base, 'changePassword', { currentPassword: password, newPassword }, token);
      expect(changed.__typename).toBe('ChangePasswordSuccess');
      expect(await gql(base, { query: logoutOperation, token }).then(outcomeOf)).toBe('ok');
    };
    await useAll(node.url);
    done.abort();
    await polling;
    expect(new Set(outcomes)).toEqual(new Set(['ok']));
    expect((await login(node.url, before.user.email)).__typename).toBe('LoginSuccess');
    await node.stop();

    const again = await startNode(parts);
    expect(await ready(again.url)).toBe(200);
    await useAll(again.url);
    await again.stop();
  });

  it.each<readonly [string, (database: ServerDatabase) => Promise<string>, RegExp]>([
    [
      'the role is unknown',
      ({ url }) => Promise.resolve(url.replace(/\/\/[^:]+:/, '//nobody_of_this_name:')),
      /refuses \(SQLSTATE 28000\): role "nobody_of_this_name" does not exist\. Check the user/,
    ],
    [
      'a table exists without a record',
      async ({ url }) => {
        await query(url, 'create schema hufu');
        await query(url, 'create table hufu.users (id int)');
        return url;
      },
      /refuses \(SQLSTATE 42P07\): relation "users" already exists\. The schema hufu holds/,
    ],
    [
      'its role may not make a schema',
      async ({ url, adminUrl, name }) => {
        await query(adminUrl, `alter database ${name} owner to postgres`);
        return url;
      },
      /refuses \(SQLSTATE 42501\): permission denied for database \w+\. Grant the role/,
    ],
  ])('MUST name setting, SQLSTATE, reason and remedy when %s', async (_name, prepare, words) => {
    const refused = await migrate(await prepare(await freshServerDatabase())).catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(OperatorError);
    expect(String(refused)).toMatch(/DATABASE_URL: PostgreSQL at /);
    expect(String(refused)).toMatch(words);
  });

  it('MUST name setting, SQLSTATE, reason and remedy when the password is wrong, without the password', async () => {
    const { url, adminUrl, name } = await ownServerDatabase();
    // The shared server trusts every connection: this one asks the role for its password.
    const rules = `host all ${name} all scram-sha-256\nhost all all all trust`;
    const [at] = await query(adminUrl, `select current_setting('hba_file') as file`);
    await query(
      adminUrl,
      `copy (select unnest(string_to_array('${rules}', chr(10)))) to '${String(at?.['file'])}'`,
    );
    await query(adminUrl, 'select pg_reload_conf()');
    const wrong = Object.assign(new URL(url), { password: 'hunter2' }).href;
    await expect
      .poll(() => query(wrong, 'select 1').catch((error: unknown) => errorCode(error)))
      .toBe('28P01');

    const refused = await startNode({ database: { env: { DATABASE_URL: wrong } } }).catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(OperatorError);
    expect(failureText(refused)).toMatch(
      new RegExp(
        `^DATABASE_URL: PostgreSQL at \\S+/${name} refuses \\(SQLSTATE 28P01\\): ` +
          `password authentication failed for user "${name}"\\. ` +
          'Check the user and the password in DATABASE_URL, and pg_hba\\.conf on the server\\.$',
      ),
    );
    await (await startNode({ database: { env: { DATABASE_URL: url } } })).stop();
  });

  it.each([
    ['latin1', 'LATIN1'],
    ['sql_ascii', 'SQL_ASCII'],
  ])('MUST NOT run in a database with the encoding %s', async (_name, encoding) => {
    const { url, adminUrl, name } = await freshServerDatabase();
    await query(adminUrl, `drop database ${name} with (force)`);
    await query(
      adminUrl,
      `create database ${name} encoding '${encoding}' locale 'C' template template0 owner ${name}`,
    );
    await expect(migrate(url)).rejects.toThrow(`has the encoding ${encoding}`);
  });
});

it.each([
  [130_014, 'UTF8', 'runs version 13'],
  [170_002, 'EUC_JP', 'has the encoding EUC_JP'],
])(
  'a server of version %i with the encoding %s MUST be refused with the reason',
  (version, encoding, words) => {
    expect(() => {
      checkServer({ version, encoding }, 'PostgreSQL at db/x');
    }).toThrow(words);
  },
);

/** The first eight digits of each file's SHA-256. Add new migrations here. */
const committed = {
  '0000_initial.sql': '2f3c0cf0',
  '0001_row_level_security.sql': 'ef12b4a8',
  '0002_session_endings.sql': 'b30a9cef',
  '0003_second_factors.sql': '2849961b',
  '0004_erasures.sql': '9b143db1',
};

it('a committed migration MUST NOT change: databases that have run it do not run it again', () => {
  const files = readdirSync('drizzle').filter((name) => name.endsWith('.sql'));
  const sums = files.map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(`drizzle/${name}`))
      .digest('hex')
      .slice(0, 8),
  ]);
  expect(Object.fromEntries(sums)).toEqual(committed);
});
