// The statements that take and settle the counts of an attempt, on the database itself.

import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';

import { readConfig } from '../../src/config/index.js';
import { openDatabase } from '../../src/db/open.js';
import { knownNetworks, rateLimits, sealedKeys } from '../../src/db/schema/index.js';
import { createLog } from '../../src/observability/log.js';
import { type Count, type Counted, createCounters } from '../../src/rateLimit/counters.js';
import { createLimitKey } from '../../src/rateLimit/limitKey.js';
import { createKeyring } from '../../src/tokens/keyring.js';
import { databaseKind, readyDatabase } from '../support/database.js';
import { rowsOf } from '../support/rows.js';
import { testSettings } from '../support/settings.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

const log = createLog('silent', false);
const ready = await readyDatabase();
const database = await openDatabase(readConfig(testSettings(ready, {})).database, log);
whenFileEnds(() => database.close());
await database.migrate();
const counters = createCounters({ counts: rateLimits, known: knownNetworks });
const now = new Date('2026-01-31T09:30:00.000Z');

const count = (key: string, most: number, mode: Count['mode'] = 'take'): Count => ({
  key,
  most,
  seconds: 60,
  mode,
});

/** Takes the counts as an attempt does, or none of them. */
function take(counts: readonly Count[], knownKey: string, at: Date) {
  return database.read((db) => counters.take(db, counts, knownKey, at));
}

async function pointsOf(key: string): Promise<number | undefined> {
  const rows = await database.read((db) =>
    db
      .select()
      .from(rateLimits)
      .where(sql`key = ${key}`),
  );
  return rows[0]?.points;
}

test('COUNTERS-01 each of 60 parallel attempts with overlapping keys MUST take all of its counts or none', async () => {
  const keys = ['a', 'b', 'c', 'd'].map((name) => `cross:${name}`);
  const attempts = Array.from({ length: 60 }, (_, n) => {
    const first = keys[n % 4] ?? '';
    const second = keys[(n + 1 + (n % 3)) % 4] ?? '';
    return [count(first, 10), count(second, 10)];
  });
  const takings = await Promise.all(attempts.map((counts) => take(counts, '', now)));
  const taken = new Map<string, number>();
  for (const taking of takings) {
    expect([0, 2]).toContain(taking.taken.length);
    expect(taking.full.length > 0).toBe(taking.taken.length === 0);
    for (const { count: one } of taking.taken) taken.set(one.key, (taken.get(one.key) ?? 0) + 1);
  }
  for (const key of keys) expect(await pointsOf(key)).toBe(taken.get(key) ?? 0);
  expect(Math.max(...taken.values())).toBe(10);
});

test('COUNTERS-02 parallel attempts at a new key MUST take exactly as many counts as its limit allows', async () => {
  const counts = [count('fresh:narrow', 10), count('fresh:wide', 100)];
  const takings = await Promise.all(Array.from({ length: 60 }, () => take(counts, '', now)));
  expect(takings.filter(({ taken }) => taken.length === 2).length).toBe(10);
  expect(await pointsOf('fresh:wide')).toBe(10);
});

test('COUNTERS-03 an exhausted `offer` count MUST NOT refuse an attempt, and a `check` count takes nothing', async () => {
  const offered = count('modes:offer', 1, 'offer');
  const checked = count('modes:check', 1, 'check');
  const first = await take([count('modes:take', 9), offered, checked], '', now);
  expect(first.taken.map(({ count: { key } }) => key).toSorted()).toEqual(['modes:offer', 'modes:take']);
  const second = await take([count('modes:take', 9), offered, checked], '', now);
  expect(second.exhausted.map(({ count: { key } }) => key)).toEqual(['modes:offer']);
  expect(second.full).toEqual([]);
  expect(await pointsOf('modes:check')).toBeUndefined();
  await counters.settle(database, [], [count('modes:check', 1)], now);
  const third = await take([count('modes:take', 9), checked], '', now);
  expect(third.full.map(({ count: { key } }) => key)).toEqual(['modes:check']);
  expect(await pointsOf('modes:take')).toBe(2);
});

test('COUNTERS-04 a count that is given back MUST be free again, unless its window has ended since', async () => {
  const counts = [count('back:a', 2), count('back:b', 2)];
  const { taken } = await take(counts, '', now);
  await counters.settle(database, taken, [], now);
  expect(await pointsOf('back:a')).toBe(0);
  const again = await take(counts, '', now);
  const later = new Date(now.getTime() + 61_000);
  await take(counts, '', later);
  await counters.settle(database, again.taken, [], later);
  expect(await pointsOf('back:b')).toBe(1);
});

test('COUNTERS-05 the rate limit key MUST stay the same through both steps of a JWT_SECRET rotation', async () => {
  const [old, next] = ['the old secret', 'the new secret'] as const;
  let replaced = 0;
  const keyUnder = async (secret: string, previous: string | null = null) => {
    const load = createLimitKey({
      table: sealedKeys,
      store: database,
      sealingKeys: createKeyring(secret, previous).rateLimits,
      onReplaced: () => {
        replaced += 1;
      },
    });
    return (await load()).export().toString('hex');
  };
  const key = await keyUnder(old);
  // Before the rotation; at its first step; at its second, beside nodes at the first; after it.
  expect(await keyUnder(old)).toBe(key);
  expect(await keyUnder(old, next)).toBe(key);
  expect(await keyUnder(next, old)).toBe(key);
  expect(await keyUnder(old, next)).toBe(key);
  expect(await keyUnder(next, old)).toBe(key);
  expect(await keyUnder(next)).toBe(key);
  expect(replaced).toBe(0);
  expect(await keyUnder(old)).not.toBe(key);
  expect(replaced).toBe(1);
});

test('COUNTERS-06 attempts with the clocks of two nodes MUST share the window of a new key', async () => {
  const later = new Date(now.getTime() + 5);
  await take([count('order:spent', 1)], '', now);
  // The other count refuses this attempt, which has only made the row.
  const refused = await take([count('order:spent', 1), count('order:fresh', 1)], '', later);
  expect(refused.taken).toEqual([]);
  expect((await take([count('order:fresh', 1)], '', now)).taken.length).toBe(1);
  expect((await take([count('order:fresh', 1)], '', later)).taken).toEqual([]);
});

test('COUNTERS-07 parallel attempts with overlapping keys MUST each give back their counts and count one success', async () => {
  const keys = ['a', 'b', 'c', 'd'].map((name) => `settle:${name}`);
  const success = count('settle:z', 100);
  const attempt = async (n: number) => {
    const [first, second] = [keys[n % 4] ?? '', keys[(n + 1 + (n % 3)) % 4] ?? ''];
    const { taken } = await take(
      [count(first, 100), count(second, 100), { ...success, mode: 'check' }],
      '',
      now,
    );
    expect(taken.length).toBe(2);
    await counters.settle(database, taken, [success], now);
  };
  await Promise.all(Array.from({ length: 60 }, (_, n) => attempt(n)));
  for (const key of keys) expect(await pointsOf(key)).toBe(0);
  expect(await pointsOf('settle:z')).toBe(60);
  // A new window begins after the old one has ended.
  await counters.settle(database, [], [success], new Date(now.getTime() + 60_000));
  expect(await pointsOf('settle:z')).toBe(1);
});

test.runIf(databaseKind === 'postgres')(
  'COUNTERS-08 60 statements that wait for the same rows MUST all succeed without a deadlock',
  { timeout: 30_000 },
  async () => {
    const keys = ['a', 'b', 'c', 'd', 'e'].map((name) => count(`queue:${name}`, 1_000));
    const taken: Counted[] = [];
    for (let n = 0; n < 60; n += 1) taken.push(...(await take(keys, '', now)).taken);
    let settling: Promise<unknown> = Promise.resolve();
    await database.transact(async (tx) => {
      await tx.execute(sql`select from ${rateLimits} where key like 'queue:%' for update`);
      settling = Promise.all(
        Array.from({ length: 60 }, (_, n) => {
          const own = taken.slice(n * keys.length, (n + 1) * keys.length);
          return counters.settle(database, n % 2 === 0 ? own : own.toReversed(), [], now);
        }),
      );
      await expect
        .poll(() =>
          rowsOf(
            ready,
            `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
          ),
        )
        .not.toHaveLength(0);
    });
    await settling;
    for (const { key } of keys) expect(await pointsOf(key)).toBe(0);
  },
);
