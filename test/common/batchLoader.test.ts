// A loader that gathers parallel lookups into one query, and never answers from a query that began before the lookup.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createBatchLoader } from '../../src/common/batchLoader.js';

/** Creates a table whose answers the test holds back, and records every query. */
function heldTable(read: (key: string) => string | undefined = (key) => key) {
  const queries: { keys: readonly string[]; answer: () => void }[] = [];
  const fetch = (keys: readonly string[]) =>
    new Promise<Map<string, string>>((resolve) => {
      // The database reads when the query reaches it. The answer comes later.
      const found = keys.flatMap((key): [string, string][] => {
        const value = read(key);
        return value === undefined ? [] : [[key, value]];
      });
      queries.push({
        keys,
        answer: () => {
          resolve(new Map(found));
        },
      });
    });
  return { queries, fetch };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const never = () => false;
const always = () => true;

describe('parallel lookups', () => {
  it('share one query, which names each key once', async () => {
    const { queries, fetch } = heldTable();
    const load = createBatchLoader(fetch, never);
    const found = Promise.all(['a', 'b', 'a'].map(load));
    await turn();
    expect(queries.map(({ keys }) => keys)).toEqual([['a', 'b']]);
    queries[0]?.answer();
    expect(await found).toEqual(['a', 'b', 'a']);
  });

  it('never join a query that was sent before them', async () => {
    let row = 'live';
    const { queries, fetch } = heldTable(() => row);
    const load = createBatchLoader(fetch, never);
    const before = load('a');
    await turn();
    expect(queries).toHaveLength(1);

    row = 'ended';
    const after = load('a');
    queries[0]?.answer();
    expect(await before).toBe('live');
    await turn();
    queries[1]?.answer();
    expect(await after).toBe('ended');
  });

  it('are sent while fewer queries run than allowed, and are gathered otherwise', async () => {
    const { queries, fetch } = heldTable();
    const load = createBatchLoader(fetch, never, () => 2);
    const found = [load('a')];
    await turn();
    found.push(load('b'), load('c'));
    await turn();
    expect(queries.map(({ keys }) => keys)).toEqual([['a'], ['b', 'c']]);
    found.push(load('d'));
    await turn();
    expect(queries).toHaveLength(2);
    queries[1]?.answer();
    await turn();
    expect(queries.map(({ keys }) => keys)).toEqual([['a'], ['b', 'c'], ['d']]);
    for (const { answer } of queries) answer();
    expect(await Promise.all(found)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are not answered from an earlier answer', async () => {
    let row = 'live';
    const load = createBatchLoader((keys) => Promise.resolve(new Map(keys.map((key) => [key, row]))), never);
    expect(await load('a')).toBe('live');
    row = 'ended';
    expect(await load('a')).toBe('ended');
  });

  it('answer null for a missing key', async () => {
    const load = createBatchLoader(() => Promise.resolve(new Map<string, string>()), never);
    expect(await load('a')).toBeNull();
  });

  it('fail alone where only one key cannot be read', async () => {
    const load = createBatchLoader((keys) => {
      if (keys.includes('poisoned')) return Promise.reject(new Error('poisoned'));
      return Promise.resolve(new Map(keys.map((key) => [key, key])));
    }, always);
    const found = await Promise.allSettled(['a', 'poisoned', 'b', 'poisoned'].map(load));
    expect(found.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(await load('c')).toBe('c');
  });

  it('fail together, without a retry, where the database is unavailable', async () => {
    let queries = 0;
    const load = createBatchLoader(() => {
      queries += 1;
      return Promise.reject(new Error('away'));
    }, never);
    const found = await Promise.allSettled(['a', 'b', 'c'].map(load));
    expect(found.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(queries).toBe(1);
  });

  it('are never answered with a value from before the lookup, in any order of events', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(fc.constantFrom('load', 'write'), { maxLength: 30 }), check),
    );
  });
});

/** Runs lookups and writes in an order that fast-check picks, with queries that take any time. */
async function check(scheduler: fc.Scheduler, steps: readonly ('load' | 'write')[]): Promise<void> {
  let version = 0;
  const load = createBatchLoader(async (keys) => {
    await scheduler.schedule(Promise.resolve(), 'the query reaches the database');
    const found = new Map(keys.map((key) => [key, version]));
    await scheduler.schedule(Promise.resolve(), 'the answer comes back');
    return found;
  }, never);

  const loads: Promise<void>[] = [];
  const acts = steps.map((step) => async () => {
    if (step === 'write') {
      version += 1;
    } else {
      const asked = version;
      loads.push(
        load('a').then((found) => {
          expect(found).toBeGreaterThanOrEqual(asked);
        }),
      );
    }
    await turn();
  });
  const done = scheduler.scheduleSequence(acts.map((builder, index) => ({ builder, label: String(index) })));
  await scheduler.waitFor(done.task);
  await scheduler.waitFor(Promise.all(loads));
}
