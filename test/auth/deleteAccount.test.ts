// The rows of a deleted account: they say why its tokens are refused, and identify no user.

import { getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import postgres from 'postgres';
import { expect, it } from 'vitest';

import * as schema from '../../src/db/schema/index.js';
import { run } from '../support/account.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { freePort } from '../support/freePort.js';
import { gql } from '../support/gql.js';
import { login, meOperation, randomEmail, register } from '../support/operations.js';
import { type Row, rowsOf } from '../support/rows.js';
import { spawnNode } from '../support/spawnNode.js';
import { startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

const tables = Object.values(schema)
  .filter((table) => is(table, PgTable))
  .map((table) => getTableName(table));

it('ACCOUNT-23 a deleted account MUST leave no row from which its user can be identified', async () => {
  const database = await readyDatabase();
  // No SMTP server listens, so the mails stay in the outbox.
  const smtp = `smtp://127.0.0.1:${String(await freePort())}`;
  const env = { SMTP_URL: smtp };
  const before = await startNode({ database, env });
  const other = await register(before.url);

  const email = randomEmail();
  const newEmail = randomEmail();
  const { token: first, user } = await register(before.url, {
    email,
    device: { kind: 'TV', name: 'Den of Ada' },
  });
  const { token } = await login(before.url, email, { kind: 'MOBILE', name: 'Phone of Ada' });
  await before.stop();
  await rowsOf(
    database,
    `with past as (insert into hufu.past_emails (id, user_id, email_key, replaced_at)
         values (gen_random_uuid(), '${user.id}', 'e-mail of Ada', now())),
       passkey as (insert into hufu.passkeys
         (id, user_id, credential_id, public_key, counter, backed_up, transports, name, created_at)
         values (gen_random_uuid(), '${user.id}', 'x', 'x', 0, false, '{}', 'Passkey of Ada', now())),
       identity as (insert into hufu.identities (id, user_id, provider, issuer, subject, email, created_at)
         values (gen_random_uuid(), '${user.id}', 'acme', 'x', 'subject of Ada', '${email}', now()))
     update hufu.users set passkeys = 1, identities = 1 where id = '${user.id}'`,
  );
  const { url, stop } = await startNode({ database, env });
  await run(url, 'requestEmailChange', { newEmail }, token);
  await run(url, 'requestPasswordReset', { email });
  await run(url, 'deleteAccount', null, token);
  const reason = async (presented: string) =>
    (await gql(url, { query: meOperation, token: presented })).errors[0]?.extensions.reason;
  expect([await reason(first), await reason(token)]).toEqual(['SUPERSEDED', 'ACCOUNT_DELETED']);
  await stop();

  // One query, since opening an embedded database takes seconds.
  const all = tables.map((table) => `(select coalesce(jsonb_agg(t), '[]') from hufu.${table} t) as ${table}`);
  const [found] = (await rowsOf(database, `select ${all.join(', ')}`)) as [Record<string, Row[]>];
  expect(tables.length).toBeGreaterThan(10);
  const text = JSON.stringify(found);
  for (const trace of [email, newEmail, 'of Ada']) expect(text).not.toContain(trace);
  expect(found['mails']).toEqual([]);

  expect(found['users']?.find(({ id }) => id === user.id)).toMatchObject({
    email: null,
    email_key: null,
    password_hash: null,
    email_verified_at: null,
  });
  const endedRows = found['sessions']?.filter((row) => row['user_id'] === user.id) ?? [];
  expect(endedRows).toHaveLength(2);
  for (const row of endedRows) {
    expect(row).toMatchObject({ ip: null, user_agent: null, device_name: null, idempotency_key: null });
  }
  // The rows of other users are unchanged.
  expect(text).toContain(other.user.email);
});

it.runIf(databaseKind === 'postgres')(
  'ACCOUNT-24 an account with 80,000 rows MUST be deleted at once, and another node anonymises them when the first is killed',
  async () => {
    const database = await readyDatabase();
    const first = await spawnNode({ database });
    const { token, user, session } = await register(first.url, {
      device: { kind: 'TV', name: 'Den of Ada' },
    });
    const sql = postgres(database.env['DATABASE_URL'] ?? '', {
      max: 1,
      onnotice: () => undefined,
      connection: { search_path: 'hufu, public' },
    });
    whenFileEnds(() => sql.end({ timeout: 5 }));
    await sql`
      insert into security_events (id, user_id, kind, outcome, device_name, user_agent, ip, at)
      select gen_random_uuid(), ${user.id}, 'LOGIN', 'SUCCEEDED', 'Den of Ada', 'Example/1.0', '192.0.2.7',
        now() - n * interval '1 s' from generate_series(1, 60000) n`;
    await sql`
      insert into sessions (id, user_id, slot, device_kind, device_name, ip, user_agent, methods, proved_at,
        signed_in_at, last_seen_at, expires_at, ended_at, end_reason)
      select gen_random_uuid(), ${user.id}, 'only', 'TV', 'Den of Ada', '192.0.2.7', 'Example/1.0', '{PASSWORD}', at,
        at, at, at + interval '30 days', at, 'LOGGED_OUT'
      from (select now() - n * interval '1 s' as at from generate_series(1, 20000) n) moments`;

    const deleted = await run(first.url, 'deleteAccount', null, token);
    expect(deleted).toMatchObject({ __typename: 'DeleteAccountSuccess', id: user.id });
    await first.kill();
    const left = async () => {
      const [row] = await sql`
        select (select count(*)::int from security_events where user_id = ${user.id} and ip is not null) as events,
          (select count(*)::int from sessions where user_id = ${user.id} and ip is not null) as sessions`;
      return row;
    };
    expect(Number((await left())?.['events'])).toBeGreaterThan(0);

    const second = await spawnNode({ database });
    await expect.poll(left, { timeout: 60_000, interval: 500 }).toEqual({ events: 0, sessions: 0 });
    const { errors } = await gql(second.url, { query: meOperation, token });
    expect(errors[0]?.extensions.reason).toBe('ACCOUNT_DELETED');
    const [row] = await sql`select device_kind, device_name from sessions where id = ${session.id}`;
    expect(row).toEqual({ device_kind: 'TV', device_name: null });
  },
  90_000,
);

it('ACCOUNT-25 deleting an account MUST call `on.deleted`, and fail where that fails', async () => {
  const gone: string[] = [];
  let fails = true;
  const deleted = (_tx: unknown, userId: string) => {
    if (fails) return Promise.reject(new Error('the team has no time'));
    gone.push(userId);
    return Promise.resolve();
  };
  const node = await startNode({ on: { deleted } });
  const { token, user } = await register(node.url);
  await expect(run(node.url, 'deleteAccount', null, token)).rejects.toThrow('INTERNAL_SERVER_ERROR');
  fails = false;
  expect((await run(node.url, 'deleteAccount', null, token)).id).toBe(user.id);
  expect(gone).toEqual([user.id]);
});
