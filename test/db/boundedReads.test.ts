// The rows that a request reads do not grow with the history of its account. PostgreSQL's counters of read rows decide: a list
// without an index for its order gives the same response, but reads and sorts all rows.

import { expect, it } from 'vitest';

import { registerVerified, run } from '../support/account.js';
import { databaseKind, readyDatabase, type TestDatabase } from '../support/database.js';
import { gql } from '../support/gql.js';
import { login, logoutOperation, password, register } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { startSmtp } from '../support/smtpServer.js';
import { startNode } from '../support/startNode.js';

const past = 5_000;
const pastOfOthers = 50_000;

it.runIf(databaseKind === 'postgres')(
  'BOUND-01 requests of an account with 5,000 old sessions MUST read fewer than 2,000 rows, and its erasure each row at most six times',
  { timeout: 90_000 },
  async () => {
    const database = await readyDatabase();
    const smtp = await startSmtp();
    const env = { SMTP_URL: smtp.url };
    /** Counts the rows of sessions and events that the server reads for a node's work. */
    const readBy = async (work: (url: string) => Promise<void>) => {
      const before = await readSoFar(database);
      const node = await startNode({ database, env });
      await work(node.url);
      await node.stop();
      return (await readSoFar(database)) - before;
    };
    let [email, other] = ['', ''];
    await readBy(async (url) => {
      ({ email } = (await registerVerified(url, smtp)).user);
      ({ email: other } = (await register(url)).user);
    });
    // Most rows belong to another account and are newer: an index by time alone would read those first.
    await rowsOf(database, pastOf(other, pastOfOthers, 60));
    await rowsOf(database, pastOf(email, past, pastOfOthers + 60));
    // As after an autovacuum: without statistics, the planner guesses whether to sort the rows or to read them in order.
    for (const table of ['sessions', 'security_events'])
      await rowsOf(database, `vacuum (analyze) hufu.${table}`);

    let deletingToken = '';
    const newPassword = 'lantern over a river';
    const read = await readBy(async (url) => {
      // The second sign-in supersedes no session, and checks whether its device and its network are new.
      const first = await login(url, email);
      await gql(url, { query: logoutOperation, token: first.token });
      const { token } = await login(url, email);
      for (const list of ['history', 'securityEvents']) {
        const newest = await pageOf(url, token, list, '');
        const older = await pageOf(url, token, list, `, after: "${newest?.pageInfo.endCursor ?? ''}"`);
        expect(older?.edges).toHaveLength(20);
      }
      await gql(url, { query: '{ me { sessions { id } } }', token });
      const changed = await run(url, 'changePassword', { currentPassword: password, newPassword }, token);
      await run(url, 'requestPasswordReset', { email });
      deletingToken = changed.token ?? '';
    });
    expect(read).toBeLessThan(2_000);

    const erased = await readBy(async (url) => {
      await run(url, 'deleteAccount', null, deletingToken);
      const left = async () => (await rowsOf(database, 'select from hufu.users where traces_left')).length;
      await expect.poll(left, { timeout: 60_000, interval: 200 }).toBe(0);
    });
    // An index entry and the row count separately.
    expect(erased).toBeLessThan(6 * past);
  },
);

/** Counts the rows read of both tables so far, once all backends have ended and so reported their counts. */
async function readSoFar(database: TestDatabase): Promise<number> {
  const others = `from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
    and backend_type <> 'autovacuum worker'`;
  await expect.poll(() => rowsOf(database, `select pid ${others}`), { timeout: 20_000 }).toEqual([]);
  const [row] = await rowsOf(
    database,
    `select (select sum(seq_tup_read) from pg_stat_user_tables where relname in ('sessions', 'security_events'))
       + (select sum(idx_tup_read) from pg_stat_user_indexes where relname in ('sessions', 'security_events')) as rows`,
  );
  return Number(row?.['rows']);
}

interface Listed {
  readonly edges: readonly unknown[];
  readonly pageInfo: { readonly endCursor: string };
}

async function pageOf(url: string, token: string, list: string, after: string): Promise<Listed | undefined> {
  const page = '{ edges { node { id } } pageInfo { endCursor } }';
  const { data } = await gql<{ me: { list: Listed } }>(url, {
    query: `{ me { list: ${list}(first: 20${after}) ${page} } }`,
    token,
  });
  return data?.me.list;
}

/** Writes the statements that insert ended sessions and as many events. */
function pastOf(email: string, rows: number, newestSeconds: number): string {
  const moments = `(select u.id as user_id, now() - n * interval '1 s' as moment
    from hufu.users u, generate_series(${String(newestSeconds)}, ${String(newestSeconds + rows - 1)}) n where u.email = '${email}') as past`;
  return `
    insert into hufu.sessions
      (id, user_id, slot, device_kind, methods, proved_at, signed_in_at, last_seen_at, expires_at, ended_at, end_reason)
    select gen_random_uuid(), user_id, 'only', 'WEB', '{PASSWORD}', moment, moment, moment, moment + interval '1 day',
      moment, 'LOGGED_OUT'
    from ${moments};
    insert into hufu.security_events (id, user_id, kind, outcome, at)
    select gen_random_uuid(), user_id, 'LOGIN', 'SUCCEEDED', moment from ${moments};
    analyze hufu.sessions;
    analyze hufu.security_events;`;
}
