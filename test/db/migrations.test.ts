// Which migrations run, who may run them, and what a node says where it cannot.

import postgres from 'postgres';
import { describe, expect, it } from 'vitest';

import { openPostgres } from '../../src/db/postgres/database.js';
import { createLog } from '../../src/observability/log.js';
import { freshServerDatabase, query, type ServerDatabase } from '../faults/serverDatabase.js';
import { databaseKind } from '../support/database.js';
import { register } from '../support/operations.js';
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
  it('MUST run where one is missing that is older than another that ran', async () => {
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

  it('MUST keep a node from being ready while tables or records are missing', async () => {
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

  it('MUST NOT be needed by a role that only reads and writes rows, and be refused to it in words', async () => {
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

  it('MUST say what they wait for after 5 s', { timeout: 30_000 }, async () => {
    const { url } = await freshServerDatabase();
    const sql = postgres(url, { max: 1 });
    const [held] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid, pg_advisory_lock(4876871)`;
    const database = openPostgres(url, 1, silent);
    const stop = new AbortController();
    let migrating: Promise<unknown> = Promise.resolve();
    const told = await new Promise<string>((resolve) => {
      migrating = database.migrate({ signal: stop.signal, onWaiting: resolve }).catch(() => null);
    });
    expect(told).toContain(`the pid ${String(held?.pid)} holds the lock`);
    stop.abort();
    await migrating;
    await database.close();
    await sql.end({ timeout: 1 });
  });

  it.each([
    ['latin1', 'LATIN1'],
    ['sql_ascii', 'SQL_ASCII'],
  ])('MUST be refused in a database of the encoding %s', async (_name, encoding) => {
    const { url, adminUrl, name } = await freshServerDatabase();
    await query(adminUrl, `drop database ${name} with (force)`);
    await query(
      adminUrl,
      `create database ${name} encoding '${encoding}' locale 'C' template template0 owner ${name}`,
    );
    await expect(migrate(url)).rejects.toThrow(`has the encoding ${encoding}`);
  });
});
