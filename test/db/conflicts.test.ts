// A transaction that loses a deadlock or a serialization conflict runs once more; the loss never changes a result.

import { sql } from 'drizzle-orm';
import { describe, expect, it, onTestFinished } from 'vitest';

import { type Database, type Tx } from '../../src/db/database.js';
import { DatabaseUnavailable } from '../../src/db/errors.js';
import { openPostgres } from '../../src/db/postgres/database.js';
import { createLog } from '../../src/observability/log.js';
import { freshServerDatabase, query } from '../faults/serverDatabase.js';
import { linkIn, run } from '../support/account.js';
import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import { password, randomEmail, register, registerOperation } from '../support/operations.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

async function open(size: number): Promise<{ readonly database: Database; readonly url: string }> {
  const { url } = await freshServerDatabase();
  const database = openPostgres(url, size, createLog('silent', false));
  onTestFinished(() => database.close());
  await database.migrate();
  return { database, url };
}

const raise = (tx: Tx, state: string) =>
  tx.execute(sql.raw(`do $$ begin raise exception 'undone' using errcode = '${state}'; end $$`));

describe.runIf(databaseKind === 'postgres')('DB-04 an operation that loses a deadlock', () => {
  /** Makes the first writes of a user's e-mail fail as by a deadlock, with an error that names the unique constraint. */
  const loseDeadlocks = async (url: string, operation: 'insert' | 'update', times: number) => {
    await query(url, 'create sequence deadlocks');
    // A sequence keeps counting when a transaction is rolled back.
    await query(
      url,
      `create function lose() returns trigger language plpgsql as $$ begin
         if nextval('public.deadlocks') <= ${String(times)} then
           raise exception 'deadlock detected' using errcode = '40P01', constraint = 'users_email_key_unique';
         end if;
         return new;
       end $$`,
    );
    const of = operation === 'insert' ? 'insert' : 'update of email_key';
    await query(
      url,
      `create trigger lose before ${of} on hufu.users for each row execute function public.lose()`,
    );
  };
  const lostDeadlocks = async (url: string) =>
    Number((await query(url, 'select last_value as n from deadlocks'))[0]?.['n']);

  it.each([
    [1, 'RegisterSuccess'],
    [2, 'SERVICE_UNAVAILABLE'],
  ])('MUST NOT answer EmailTaken: register after %i deadlocks', async (times, expected) => {
    const { url } = await freshServerDatabase();
    const node = await startNode({ database: { env: { DATABASE_URL: url } } });
    await loseDeadlocks(url, 'insert', times);
    const variables = { input: { email: randomEmail(), password } };
    const { data, errors } = await gql(node.url, { query: registerOperation, variables });
    expect(data?.register.__typename ?? errors[0]?.extensions.code).toBe(expected);
    expect(await lostDeadlocks(url)).toBe(2);
    const [count] = await query(url, 'select count(*)::int as n from hufu.users');
    expect(count).toEqual({ n: expected === 'RegisterSuccess' ? 1 : 0 });
    await node.stop();
  });

  it('MUST NOT answer EmailTaken: confirmEmailChange', async () => {
    const { url } = await freshServerDatabase();
    const smtp = await startSmtp();
    const node = await startNode({ database: { env: { DATABASE_URL: url } }, env: { SMTP_URL: smtp.url } });
    const { token } = await register(node.url);
    const newEmail = randomEmail();
    await run(node.url, 'requestEmailChange', { newEmail }, token);
    const link = linkIn(await smtp.next(newEmail));
    await loseDeadlocks(url, 'update', 2);
    const confirm = () => run(node.url, 'confirmEmailChange', { token: link.token });
    await expect(confirm()).rejects.toThrow('SERVICE_UNAVAILABLE');
    expect(await lostDeadlocks(url)).toBe(2);
    // The link still works: the operation was rolled back.
    expect(await confirm()).toMatchObject({ __typename: 'ConfirmEmailChangeSuccess' });
    await node.stop();
  });
});

describe.runIf(databaseKind === 'postgres')('DB-04 a transaction', () => {
  it.each(['40001', '40P01'])(
    'MUST run a second time after %s, and then fail as DatabaseUnavailable',
    async (state) => {
      const { database } = await open(1);
      let runs = 0;
      const once = await database.transact(async (tx) => {
        runs += 1;
        if (runs === 1) await raise(tx, state);
        return 'done';
      });
      expect([once, runs]).toEqual(['done', 2]);

      runs = 0;
      const always = database.transact(async (tx) => {
        runs += 1;
        await raise(tx, state);
      });
      await expect(always).rejects.toBeInstanceOf(DatabaseUnavailable);
      expect(runs).toBe(2);
    },
  );

  it('MUST commit after a real deadlock, and so MUST the other', async () => {
    const { database, url } = await open(2);
    await query(url, 'create table pair (id int primary key, n int not null)');
    await query(url, 'insert into pair values (1, 0), (2, 0)');
    let met: () => void = () => undefined;
    const both = new Promise<void>((resolve) => {
      met = resolve;
    });
    let begun = 0;
    const add = (first: number, second: number) =>
      database.transact(async (tx) => {
        await tx.execute(sql`update pair set n = n + 1 where id = ${first}`);
        begun += 1;
        if (begun === 2) met();
        await both;
        await tx.execute(sql`update pair set n = n + 1 where id = ${second}`);
      });
    await Promise.all([add(1, 2), add(2, 1)]);
    expect(begun).toBe(3);
    expect(await query(url, 'select n from pair')).toEqual([{ n: 2 }, { n: 2 }]);
  });

  it('MUST run on another connection when its prepared statements are gone or outdated', async () => {
    const { database, url } = await open(1);
    await query(url, 'create table shape (n int not null)');
    await query(url, 'insert into shape values (1)');
    const read = () => database.transact((tx) => tx.execute(sql`select * from shape`));
    expect(await read()).toMatchObject([{ n: 1 }]);
    await query(url, 'alter table shape alter column n type text');
    expect(await read()).toMatchObject([{ n: '1' }]);

    await database.read((db) => db.execute(sql`deallocate all`));
    expect(await read()).toMatchObject([{ n: '1' }]);
  });
});
