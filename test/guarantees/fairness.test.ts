// One user or network with many expensive requests does not starve other clients.

import { describe, expect, it } from 'vitest';

import { readDatabaseUrl } from '../../src/config/databaseUrl.js';
import { sharedTime } from '../../src/db/deadline.js';
import { serversOf } from '../../src/db/postgres/connection.js';
import { openPool } from '../../src/db/postgres/pool.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { loginOperation, meOperation, password, register } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { startNode } from '../support/startNode.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

const pages = Array.from(
  { length: 24 },
  (_, index) => `p${String(index)}: history { edges { node { id signedInAt } } }`,
).join(' ');

it('FAIR-01 a request MUST run at most two database steps at a time', async () => {
  const allow = sharedTime(10_000);
  let atOnce = 0;
  let most = 0;
  const steps = Array.from({ length: 24 }, () =>
    allow(async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce -= 1;
    }),
  );
  await Promise.all(steps);
  expect(most).toBe(2);
});

describe.runIf(databaseKind === 'postgres')('on a PostgreSQL server', () => {
  it('FAIR-02 the pool MUST give connections to requesters in turn', async () => {
    const { env } = await readyDatabase();
    const pool = openPool({
      servers: serversOf(readDatabaseUrl(env['DATABASE_URL'] ?? '')),
      size: 1,
      onTrouble: () => undefined,
      onConnected: () => undefined,
      onServed: () => undefined,
    });
    whenFileEnds(() => pool.close());
    const served: string[] = [];
    const ask = (requester: string) =>
      pool.use(
        10_000,
        async (db) => {
          await db.execute('select 1');
          served.push(requester);
        },
        requester,
      );
    await Promise.all([...Array.from({ length: 40 }, () => ask('flood')), ask('one'), ask('two')]);
    expect(served.indexOf('one')).toBeLessThan(4);
    expect(served.indexOf('two')).toBeLessThan(5);
    expect(served).toHaveLength(42);
  });

  it(
    'FAIR-03 logins of another user MUST succeed while one user requests 24 pages of history in each of 10 parallel requests',
    { timeout: 90_000 },
    async () => {
      const node = await startNode({ env: { TRUST_PROXY: '1', RATE_LIMITS: 'on' } });
      const greedy = await register(node.url);
      const other = await register(node.url);
      await rowsOf(
        node.database,
        `insert into hufu.sessions
         (id, user_id, slot, device_kind, methods, proved_at, signed_in_at, last_seen_at, expires_at, ended_at, end_reason)
       select gen_random_uuid(), '${greedy.user.id}', 'only', 'OTHER', '{PASSWORD}', moment, moment, moment, moment + interval '1 day',
         moment, 'LOGGED_OUT'
       from (select now() - make_interval(secs => one) as moment from generate_series(1, 20000) as one) as past`,
      );
      let isOver = false;
      let answered = 0;
      const attack = Array.from({ length: 10 }, async () => {
        while (!isOver) {
          await gql(node.url, {
            query: `query { me { ${pages} } }`,
            token: greedy.token,
            headers: { 'x-forwarded-for': '192.0.2.1' },
          });
          answered += 1;
        }
      });
      const results: string[] = [];
      for (let index = 0; index < 10; index += 1) {
        const { data } = await gql(node.url, {
          query: loginOperation,
          variables: { input: { email: other.user.email, password } },
          headers: { 'x-forwarded-for': '198.51.100.7' },
        });
        results.push(data?.login.__typename ?? 'none');
      }
      isOver = true;
      await Promise.all(attack);
      expect(results).toEqual(Array<string>(10).fill('LoginSuccess'));
      expect(answered).toBeGreaterThan(0);
    },
  );

  it('FAIR-04 a user MUST have at most 32 running operations, and further ones are answered SERVICE_UNAVAILABLE', async () => {
    const node = await startNode();
    const { user, token } = await register(node.url);
    const holder = rowsOf(
      node.database,
      `begin; select 1 from hufu.users where id = '${user.id}' for update; select pg_sleep(2); commit`,
    );
    // Before the lock is held, an operation ends too soon to run together with the others.
    const free = `select 1 from hufu.users where id = '${user.id}' for update skip locked`;
    await expect.poll(() => rowsOf(node.database, free)).toHaveLength(0);
    const asked = Array.from({ length: 48 }, () =>
      gql(node.url, { query: `mutation { endOtherSessions { sessions { id } } }`, token }),
    );
    const answers = await Promise.all(asked);
    await holder;
    const codes = answers.map(({ errors }) => errors[0]?.extensions.code ?? 'OK');
    expect(codes.filter((code) => code === 'SERVICE_UNAVAILABLE').length).toBeGreaterThanOrEqual(16);
    const { data } = await gql(node.url, { query: meOperation, token });
    expect(data).toMatchObject({ me: { id: user.id } });
  });
});
