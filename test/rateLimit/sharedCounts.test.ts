// Counts are shared by all nodes and name no user, and a node that cannot count refuses attempts.

import pino from 'pino';
import { expect, test } from 'vitest';

import { type createLog } from '../../src/observability/log.js';
import { run } from '../support/account.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { password, randomEmail, register } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { spawnNode } from '../support/spawnNode.js';
import { startNode } from '../support/startNode.js';
import { attempt, attempts, countOf, limitsOn, rightPassword } from './attempts.js';

const onServer = test.runIf(databaseKind === 'postgres');

onServer(
  'COUNT-01 two nodes MUST share the limit of wrong passwords, and refuse no right one before it is reached',
  async () => {
    const database = await readyDatabase();
    const nodes = [
      await startNode({ database, env: limitsOn, hashing: {} }),
      await spawnNode({ database, env: limitsOn }),
    ];
    const url = (n: number) => nodes[n % 2]?.url ?? '';
    const { email } = (await register(url(0))).user;

    const rightOnes = await Promise.all(
      Array.from({ length: 40 }, (_, n) => attempt(url(n), email, rightPassword)),
    );
    expect(
      countOf(
        'LoginSuccess',
        rightOnes.map(({ __typename }) => __typename),
      ),
    ).toBe(40);

    const wrongOnes = await Promise.all(Array.from({ length: 60 }, (_, n) => attempt(url(n), email)));
    expect(
      countOf(
        'InvalidCredentials',
        wrongOnes.map(({ __typename }) => __typename),
      ),
    ).toBe(10);
    for (const n of [0, 1])
      expect((await attempt(url(n), email, rightPassword)).__typename).toBe('TooManyAttempts');
  },
);

onServer('COUNT-02 the tables of counts MUST NOT contain an e-mail or an IP', async () => {
  const { url, database } = await startNode({ env: limitsOn });
  const { email } = (await register(url)).user;
  await attempts(2, url, email, () => ({ from: '203.0.113.9' }));
  const rows = await rowsOf(
    database,
    'select * from hufu.rate_limits union all select key, 0, seen_at from hufu.known_networks',
  );
  expect(rows.map(({ key }) => String(key).split(':')[0]).toSorted()).toEqual([
    'account',
    'guess',
    'known',
    'network',
    'registration',
  ]);
  const written = JSON.stringify(rows);
  expect(written).not.toContain(email.split('@')[0]);
  expect(written).not.toContain('203.0.113');
});

onServer('COUNT-03 a node that cannot count attempts MUST refuse them all, and log why', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) }) as ReturnType<
    typeof createLog
  >;
  const { url, database } = await startNode({ env: limitsOn, log });
  const { email } = (await register(url)).user;
  await rowsOf(database, 'alter table hufu.rate_limits rename to gone');
  await expect(attempt(url, email, rightPassword)).rejects.toThrow('"SERVICE_UNAVAILABLE"');
  await expect(register(url)).rejects.toThrow('SERVICE_UNAVAILABLE');
  expect(lines.join('')).toContain('attempts cannot be counted, and are refused');
  expect(lines.join('')).not.toContain(email);
  await rowsOf(database, 'alter table hufu.gone rename to rate_limits');
  expect((await attempt(url, email, rightPassword)).__typename).toBe('LoginSuccess');
});

test.each(['login', 'changePassword', 'confirmIdentity'] as const)(
  'COUNT-04 a right password that is refused because the hasher is busy MUST NOT count as an attempt: %s',
  async (operation) => {
    // One slow hash at a time, and a queue of none: a second one is refused at once.
    const hashing = { parameters: { memoryKib: 65_536, passes: 3, lanes: 1 }, concurrency: 1, maxQueued: 0 };
    const { url } = await startNode({ env: { ...limitsOn, RATE_LIMIT_GUESSES_PER_MINUTE: '2' }, hashing });
    const { token: first, user } = await register(url);
    let token = first;
    const operations = {
      login: () => attempt(url, user.email, rightPassword),
      changePassword: () =>
        run(url, 'changePassword', { currentPassword: password, newPassword: password }, token),
      confirmIdentity: () => run(url, 'confirmIdentity', { password }, token),
    };
    let busy = 0;
    for (let round = 0; busy < 3 && round < 20; round += 1) {
      const [, own] = await Promise.allSettled([
        attempt(url, randomEmail(), { from: '192.0.2.2' }),
        operations[operation](),
      ]);
      if (own.status === 'fulfilled') token = own.value.token ?? token;
      else {
        expect(String(own.reason)).toContain('SERVICE_UNAVAILABLE');
        busy += 1;
      }
    }
    expect(busy).toBe(3);
    expect(await attempts(2, url, user.email, () => rightPassword)).toEqual(['LoginSuccess', 'LoginSuccess']);
  },
);

test('COUNT-05 a node with RATE_LIMITS=off MUST warn at its start, and limit nothing', async () => {
  const node = await spawnNode({ env: { RATE_LIMITS: 'off' } });
  expect(node.output()).toContain('RATE_LIMITS is off');
  const kinds = await attempts(30, node.url, randomEmail(), () => ({ with: 'short' }));
  expect(countOf('InvalidCredentials', kinds)).toBe(30);
});
