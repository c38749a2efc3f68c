import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createBatchLoader } from '../../src/common/batchLoader.js';

/** A table whose answers a test holds back, and every query that was sent to it. */
function heldTable(read: (key: string) => string | undefined = (key) => key) {
  const queries: { keys: readonly string[]; answer: () => void }[] = [];
  const fetch = (keys: readonly string[]) =>
    new Promise<Map<string, string>>((resolve) => {
      // The database reads at the moment that the query reaches it; the answer takes its time.
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

describe('coalesced look-ups', () => {
  it('ask once for all that wait, and once for each key', async () => {
    const { queries, fetch } = heldTable();
    const look = createBatchLoader(fetch, never);
    const found = Promise.all(['a', 'b', 'a'].map(look));
    await turn();
    expect(queries.map(({ keys }) => keys)).toEqual([['a', 'b']]);
    queries[0]?.answer();
    expect(await found).toEqual(['a', 'b', 'a']);
  });

  it('never join a query that has been sent', async () => {
    let row = 'live';
    const { queries, fetch } = heldTable(() => row);
    const look = createBatchLoader(fetch, never);
    const before = look('a');
    await turn();
    expect(queries).toHaveLength(1);

    row = 'ended';
    const after = look('a');
    queries[0]?.answer();
    expect(await before).toBe('live');
    await turn();
    queries[1]?.answer();
    expect(await after).toBe('ended');
  });

  it('wait for no answer while another query may be sent, and are gathered meanwhile', async () => {
    const { queries, fetch } = heldTable();
    const look = createBatchLoader(fetch, never, () => 2);
    const found = [look('a')];
    await turn();
    found.push(look('b'), look('c'));
    await turn();
    expect(queries.map(({ keys }) => keys)).toEqual([['a'], ['b', 'c']]);
    found.push(look('d'));
    await turn();
    expect(queries).toHaveLength(2);
    queries[1]?.answer();
    await turn();
    expect(queries.map(({ keys }) => keys)).toEqual([['a'], ['b', 'c'], ['d']]);
    for (const { answer } of queries) answer();
    expect(await Promise.all(found)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keep no answer for a later one', async () => {
    let row = 'live';
    const look = createBatchLoader((keys) => Promise.resolve(new Map(keys.map((key) => [key, row]))), never);
    expect(await look('a')).toBe('live');
    row = 'ended';
    expect(await look('a')).toBe('ended');
  });

  it('answer null for what is not found', async () => {
    const look = createBatchLoader(() => Promise.resolve(new Map<string, string>()), never);
    expect(await look('a')).toBeNull();
  });

  it('fail alone where one of them cannot be looked up', async () => {
    const look = createBatchLoader((keys) => {
      if (keys.includes('poisoned')) return Promise.reject(new Error('poisoned'));
      return Promise.resolve(new Map(keys.map((key) => [key, key])));
    }, always);
    const found = await Promise.allSettled(['a', 'poisoned', 'b', 'poisoned'].map(look));
    expect(found.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(await look('c')).toBe('c');
  });

  it('fail together, at once, where trying again would only load a database that is away', async () => {
    let queries = 0;
    const look = createBatchLoader(() => {
      queries += 1;
      return Promise.reject(new Error('away'));
    }, never);
    const found = await Promise.allSettled(['a', 'b', 'c'].map(look));
    expect(found.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(queries).toBe(1);
  });

  it('are never older than their question, in whatever order things happen', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(fc.constantFrom('look', 'write'), { maxLength: 30 }), check),
    );
  });
});

/** Looks and writes in an order that fast-check picks, with queries that take as long as it likes. */
async function check(scheduler: fc.Scheduler, steps: readonly ('look' | 'write')[]): Promise<void> {
  let version = 0;
  const look = createBatchLoader(async (keys) => {
    await scheduler.schedule(Promise.resolve(), 'the query reaches the database');
    const found = new Map(keys.map((key) => [key, version]));
    await scheduler.schedule(Promise.resolve(), 'the answer comes back');
    return found;
  }, never);

  const looks: Promise<void>[] = [];
  const acts = steps.map((step) => async () => {
    if (step === 'write') {
      version += 1;
    } else {
      const asked = version;
      looks.push(
        look('a').then((found) => {
          expect(found).toBeGreaterThanOrEqual(asked);
        }),
      );
    }
    await turn();
  });
  const done = scheduler.scheduleSequence(acts.map((builder, index) => ({ builder, label: String(index) })));
  await scheduler.waitFor(done.task);
  await scheduler.waitFor(Promise.all(looks));
}
