// Row level security on a team's own tables by docs/integrations/postgres-rls.md: a policy stops showing rows when the session
// ends, even to a transaction that began before. Another connection commits each change of Hufu's rows.

import { randomUUID } from 'node:crypto';

import postgres, { type Sql } from 'postgres';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { asSession } from '../../examples/integrations/rls.js';
import { errorCode } from '../../src/db/errors.js';
import { example } from '../examples/files.js';
import { freshServerDatabase, query } from '../faults/serverDatabase.js';
import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, logoutOperation, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

describe.runIf(databaseKind === 'postgres')('a policy of row level security', () => {
  let hufu: Sql;
  let app: Sql;
  let nodeUrl: string;
  let person: { readonly email: string; readonly userId: string; readonly token: string; sessionId: string };

  beforeAll(async () => {
    const { url, adminUrl, name } = await freshServerDatabase();
    nodeUrl = (await startNode({ database: { env: { DATABASE_URL: url } } })).url;
    const admin = Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href;
    const role = `${name}_rls`;
    await query(
      admin,
      example('integrations/rls.sql')
        .replaceAll(/\bapp\b/g, role)
        .replace("'…'", `'${role}'`),
    );
    // The migration made the functions as the role of the nodes, which is no superuser.
    hufu = postgres(url, { max: 2, onnotice: () => undefined });
    const own = Object.assign(new URL(url), { username: role, password: role });
    app = postgres(own.href, { max: 1, onnotice: () => undefined });
    whenFileEnds(async () => {
      await Promise.all([hufu.end({ timeout: 1 }), app.end({ timeout: 1 })]);
      await query(admin, `drop owned by ${role} cascade`);
      await query(adminUrl, `drop role ${role}`);
    });
    await query(admin, `insert into announcements (body) values ('to all who are signed in')`);
    adminQuery = (text) => query(admin, text);
  });
  let adminQuery: (text: string) => Promise<unknown>;

  beforeEach(async () => {
    const { user, token, session } = await register(nodeUrl);
    person = { email: user.email, userId: user.id, token, sessionId: session.id };
    await adminQuery(`insert into notes (owner_id, body) values ('${user.id}', 'mine')`);
    await adminQuery(`insert into notes (owner_id, body)
      select id, 'of another' from hufu.users where id <> '${user.id}' limit 1`);
  });

  const seen = async (sql: Pick<Sql, 'unsafe'>) => {
    const rows = await sql.unsafe<{ body: string }[]>(
      'select body from notes union all select body from announcements',
    );
    return rows.map(({ body }) => body);
  };
  const all = ['mine', 'to all who are signed in'];
  const storedEnd = () =>
    hufu`select ended_at from hufu.sessions where id = ${person.sessionId} and ended_at is not null`;

  it.each<readonly [string, () => Promise<unknown>]>([
    ['a newer sign-in', () => login(nodeUrl, person.email)],
    ['a sign-out', () => gql(nodeUrl, { query: logoutOperation, token: person.token })],
    ['a disabled account', () => hufu`update hufu.users set disabled_at = now() where id = ${person.userId}`],
    [
      'the bulk end of many sessions',
      () => hufu`update hufu.users set sessions_ended_before = now() + '1 minute', sessions_ended_at = now(),
        sessions_end_reason = 'REVOKED', session_spared = ${randomUUID()} where id = ${person.userId}`,
    ],
    [
      'its lifetime',
      () =>
        hufu`update hufu.sessions set expires_at = clock_timestamp() - interval '1 ms' where id = ${person.sessionId}`,
    ],
  ])('RLS-01 MUST show no row after %s, not even in a transaction that began before', async (_name, end) => {
    await asSession(app, person.sessionId, async (tx) => {
      expect(await seen(tx)).toEqual(all);
      await end();
      expect(await seen(tx)).toEqual([]);
      await expect(
        tx.savepoint((inner) => inner`insert into notes (owner_id, body) values (${person.userId}, 'late')`),
      ).rejects.toThrow(/row-level security/);
    });
  });

  it('RLS-02 MUST show no row once the session expires, by the wall clock and not by the start of the transaction', async () => {
    const { sessionId } = person;
    await asSession(app, sessionId, async (tx) => {
      await tx`select now()`;
      await hufu`update hufu.sessions set expires_at = clock_timestamp() + '0.2 s' where id = ${sessionId}`;
      expect(await seen(tx)).toEqual(all);
      await tx`select pg_sleep(0.25)`;
      expect(await seen(tx)).toEqual([]);
    });
    expect(await storedEnd()).toEqual([]);
  });

  it("RLS-03 MUST show no row to a session that is idle by the operator's limit", async () => {
    const { sessionId } = person;
    await hufu`update hufu.sessions set last_seen_at = now() - interval '1801 s',
      signed_in_at = now() - interval '1 h' where id = ${sessionId}`;
    expect(await asSession(app, sessionId, seen)).toEqual(all);
    await hufu.unsafe(example('integrations/rlsIdle.sql'));
    expect(await asSession(app, sessionId, seen)).toEqual([]);
    await hufu`update hufu.sessions set last_seen_at = now() where id = ${sessionId}`;
    expect(await asSession(app, sessionId, seen)).toEqual(all);
  });

  it('RLS-04 MUST show rows to the one session that a bulk end spares', async () => {
    await hufu`update hufu.users set sessions_ended_before = now() + '1 minute', sessions_ended_at = now(),
      sessions_end_reason = 'REVOKED', session_spared = ${person.sessionId} where id = ${person.userId}`;
    expect(await asSession(app, person.sessionId, seen)).toEqual(all);
  });

  it.each(['repeatable read', 'serializable'])(
    'RLS-05 MUST fail in a %s transaction, whose snapshot would outlive the session',
    async (level) => {
      const failure = await app
        .begin(`isolation level ${level}`, async (tx) => {
          await tx`select set_config('hufu.session_id', ${person.sessionId}, true)`;
          return seen(tx);
        })
        .catch((error: unknown) => error);
      expect(errorCode(failure)).toBe('0A000');
      expect(String(failure)).toContain('cannot see the end of a session');
    },
  );

  it('RLS-06 MUST show no row without a session, with an unknown one, or to the next user of the connection', async () => {
    expect(await asSession(app, person.sessionId, seen)).toEqual(all);
    expect(await seen(app)).toEqual([]);
    expect(await asSession(app, null, seen)).toEqual([]);
    expect(await asSession(app, randomUUID(), seen)).toEqual([]);
    const failure = await asSession(app, "' or true --", seen).catch((error: unknown) => error);
    expect(errorCode(failure)).toBe('22P02');
  });

  it("RLS-07 MUST NOT use objects that the team's role creates, nor show that role Hufu's tables", async () => {
    await gql(nodeUrl, { query: logoutOperation, token: person.token });
    await asSession(app, person.sessionId, async (tx) => {
      // Unqualified names would find these objects first.
      await tx`create temp table sessions as select ${person.sessionId}::uuid as id, ${person.userId}::uuid as user_id,
        null::timestamptz as ended_at, now() + interval '1 h' as expires_at, now() as last_seen_at, now() as signed_in_at`;
      await tx`create temp table users as select ${person.userId}::uuid as id`;
      await tx`create function pg_temp.clock_timestamp() returns timestamptz language sql as 'select ''-infinity''::timestamptz'`;
      await tx`set local search_path = pg_temp, hufu, public, pg_catalog`;
      expect(await seen(tx)).toEqual([]);
    });
    await expect(app`select from hufu.sessions`).rejects.toThrow(/permission denied/);
    await expect(app`select hufu.session_idle_seconds()`).rejects.toThrow(/permission denied/);
  });

  it('RLS-08 MUST be based on functions that a role without the grant cannot call', async () => {
    const rows = await hufu`select has_function_privilege('public', oid, 'execute') as may
      from pg_proc where pronamespace = 'hufu'::regnamespace and prorettype <> 'trigger'::regtype`;
    expect(rows.map((row) => row['may'] as unknown)).toEqual([false, false, false]);
  });
});
