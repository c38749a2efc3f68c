// A node that loses its database, or whose writes wait, blocks neither an account, nor the sign-ins of an IP, nor its own reads.

import { setTimeout as pause } from 'node:timers/promises';

import postgres from 'postgres';
import { describe, expect, it } from 'vitest';

import { attempt, limitsOn, rightPassword } from '../rateLimit/attempts.js';
import { databaseKind } from '../support/database.js';
import { gql } from '../support/gql.js';
import { loginOperation, meOperation, password, register } from '../support/operations.js';
import { spawnNode } from '../support/spawnNode.js';
import { outcomeOf } from './load.js';
import { startProxy } from './proxy.js';
import { freshServerDatabase, query } from './serverDatabase.js';

describe.runIf(databaseKind === 'postgres')('FAULT-08 a node that loses the database', async () => {
  if (databaseKind !== 'postgres') return;
  const { url } = await freshServerDatabase();
  const proxy = await startProxy(url);
  const [cut, healthy] = await Promise.all(
    [`${proxy.url}?application_name=cut`, url].map((at) =>
      spawnNode({ database: { env: { DATABASE_URL: at } }, env: limitsOn }),
    ),
  );
  if (cut === undefined || healthy === undefined) throw new Error('a node is missing');

  /** The database sessions of the cut node that meet a condition. */
  const ofCut = (condition: string) =>
    query(url, `select pid from pg_stat_activity where application_name = 'cut' and ${condition}`);

  const reconnect = async () => {
    const { token } = await register(healthy.url);
    proxy.cut();
    await proxy.pass();
    await expect.poll(() => gql(cut.url, { query: meOperation, token }).then(outcomeOf)).toBe('ok');
  };

  it('while it holds the lock of an account MUST release it to the other nodes within 5 s', async () => {
    const { user } = await register(cut.url);
    proxy.slow(250);
    const lost = gql(cut.url, {
      query: loginOperation,
      variables: { input: { email: user.email, password } },
    });
    const isHeld = `state = 'idle in transaction' and backend_xid is not null`;
    await expect.poll(() => ofCut(isHeld), { interval: 50 }).toHaveLength(1);
    proxy.strand();
    const strandedAt = performance.now();
    let tries = 0;
    let result = '';
    while (result !== 'LoginSuccess' && performance.now() - strandedAt < 20_000) {
      tries += 1;
      const variables = { input: { email: user.email, password } };
      const { data, errors } = await gql(healthy.url, { query: loginOperation, variables });
      result = data?.login.__typename ?? errors[0]?.extensions.code ?? '';
    }
    const tookMs = performance.now() - strandedAt;
    console.info(`signed in ${String(Math.round(tookMs))} ms after the cut, at the try ${String(tries)}`);
    expect(result).toBe('LoginSuccess');
    expect(tookMs).toBeLessThan(5_000);
    expect(outcomeOf(await lost)).toBe('SERVICE_UNAVAILABLE');
    await reconnect();
  });

  it('while it counts attempts MUST NOT block sign-ins of the same IP on other nodes', async () => {
    const people = await Promise.all(Array.from({ length: 12 }, () => register(cut.url)));
    const from = '203.0.113.7';
    const signIn = (node: string, first: number, end: number) =>
      people.slice(first, end).map(({ user }) => attempt(node, user.email, { ...rightPassword, from }));
    proxy.slow(250);
    const [begun] = await query(url, 'select clock_timestamp()::text as at');
    const lost = Promise.allSettled(signIn(cut.url, 0, 6));
    const hasCounted = `query like '%rate_limits%' and query_start > '${String(begun?.['at'])}'`;
    await expect.poll(() => ofCut(hasCounted), { interval: 50 }).not.toEqual([]);
    proxy.strand();
    const blocked: unknown[] = [];
    const progress = { isOver: false };
    const watching = (async () => {
      const sql = postgres(url, { max: 1, onnotice: () => undefined });
      while (!progress.isOver) {
        blocked.push(
          ...(await sql`select waits.query from pg_stat_activity waits, pg_stat_activity holds
            where holds.application_name = 'cut' and holds.state <> 'active'
              and holds.pid = any(pg_blocking_pids(waits.pid)) and waits.application_name <> 'cut'`),
        );
        await pause(20);
      }
      await sql.end();
    })();
    const outcomes = await Promise.allSettled(signIn(healthy.url, 6, 12));
    progress.isOver = true;
    await watching;
    for (const outcome of outcomes) expect(outcome).toMatchObject({ value: { __typename: 'LoginSuccess' } });
    expect(blocked).toEqual([]);
    await lost;
    await reconnect();
  });

  it('whose writes time out at a lock MUST answer reads without an error', async () => {
    const [ann, bob] = await Promise.all([register(healthy.url), register(healthy.url)]);
    const sql = postgres(url, { max: 1, onnotice: () => undefined });
    const reads: string[] = [];
    const backends = async () =>
      (
        await query(
          url,
          `select pid from pg_stat_activity where application_name = 'hufu' and datname = current_database()`,
        )
      ).map(({ pid }) => pid);
    const before = await backends();
    await sql.begin(async (tx) => {
      await tx`select from hufu.users where id = ${ann.user.id} for update`;
      const writes = Promise.all(
        Array.from({ length: 3 }, () =>
          gql(healthy.url, {
            query: loginOperation,
            variables: { input: { email: ann.user.email, password } },
          }).then(outcomeOf),
        ),
      );
      const progress = { isOver: false };
      void writes.finally(() => {
        progress.isOver = true;
      });
      while (!progress.isOver) {
        for (const { token } of [ann, bob])
          reads.push(await gql(healthy.url, { query: meOperation, token }).then(outcomeOf));
        await pause(20);
      }
      expect(await writes).toEqual(Array.from({ length: 3 }, () => 'SERVICE_UNAVAILABLE'));
    });
    await sql.end();
    expect(reads.length).toBeGreaterThan(10);
    expect(reads.filter((outcome) => outcome !== 'ok')).toEqual([]);
    // The node has ended the connections of the writes and kept those of the reads.
    const after = await backends();
    expect(before.filter((pid) => !after.includes(pid))).not.toEqual([]);
    expect(before.filter((pid) => after.includes(pid))).not.toEqual([]);
  });
});
