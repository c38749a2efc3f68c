// The counts themselves: what is kept, over how many nodes it holds, and what happens when counting fails.

import pino from 'pino';
import postgres from 'postgres';
import { expect, test } from 'vitest';

import { type createLog } from '../../src/observability/log.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { randomEmail, register } from '../support/operations.js';
import { spawnNode } from '../support/spawnNode.js';
import { startNode } from '../support/startNode.js';
import { attempt, attempts, countOf, limitsOn, right } from './attempts.js';

const onServer = test.runIf(databaseKind === 'postgres');

async function query(url: string | undefined, statement: string): Promise<postgres.RowList<postgres.Row[]>> {
  const sql = postgres(url ?? '', { max: 1, onnotice: () => undefined });
  try {
    return await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

onServer(
  'COUNT-01 the limit MUST hold over all nodes together, and no right password be refused for it',
  async () => {
    const database = await readyDatabase();
    const nodes = [
      await startNode({ database, env: limitsOn, hashing: {} }),
      await spawnNode({ database, env: limitsOn }),
    ];
    const url = (n: number) => nodes[n % 2]?.url ?? '';
    const { email } = (await register(url(0))).user;

    const rightOnes = await Promise.all(Array.from({ length: 40 }, (_, n) => attempt(url(n), email, right)));
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
    for (const n of [0, 1]) expect((await attempt(url(n), email, right)).__typename).toBe('TooManyAttempts');
  },
);

onServer('COUNT-02 the table MUST NOT tell whom it is about', async () => {
  const { url, database } = await startNode({ env: limitsOn });
  const { email } = (await register(url)).user;
  await attempts(2, url, email, () => ({ from: '203.0.113.9' }));
  const rows = await query(
    database.env['DATABASE_URL'],
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

onServer(
  'COUNT-03 while attempts cannot be counted none MUST be let through, and the log says why',
  async () => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) }) as ReturnType<
      typeof createLog
    >;
    const { url, database } = await startNode({ env: limitsOn, log });
    const { email } = (await register(url)).user;
    await query(database.env['DATABASE_URL'], 'alter table hufu.rate_limits rename to gone');
    await expect(attempt(url, email, right)).rejects.toThrow('"SERVICE_UNAVAILABLE"');
    await expect(register(url)).rejects.toThrow('SERVICE_UNAVAILABLE');
    expect(lines.join('')).toContain('attempts cannot be counted, and are refused');
    expect(lines.join('')).not.toContain(email);
    await query(database.env['DATABASE_URL'], 'alter table hufu.gone rename to rate_limits');
    expect((await attempt(url, email, right)).__typename).toBe('LoginSuccess');
  },
);

test('COUNT-04 a hasher that is busy MUST NOT cost the person a guess', { timeout: 90_000 }, async () => {
  // 400 at once are more than may wait for the hasher and the limiter together.
  const { url } = await startNode({
    env: { ...limitsOn, RATE_LIMIT_GUESSES_PER_MINUTE: '2', RATE_LIMIT_IP_GUESSES_PER_HOUR: '1000' },
    hashing: {},
  });
  const { email } = (await register(url)).user;
  const all = await Promise.allSettled(
    Array.from({ length: 400 }, (_, n) => attempt(url, n === 0 ? email : randomEmail(), right)),
  );
  expect(all.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
  expect(await attempts(2, url, email, () => right)).toEqual(['LoginSuccess', 'LoginSuccess']);
});

test('COUNT-05 RATE_LIMITS=off MUST be said at the start, and count nothing', async () => {
  const node = await spawnNode({ env: { RATE_LIMITS: 'off' } });
  expect(node.output()).toContain('RATE_LIMITS is off');
  const kinds = await attempts(30, node.url, randomEmail(), () => ({ with: 'short' }));
  expect(countOf('InvalidCredentials', kinds)).toBe(30);
});
