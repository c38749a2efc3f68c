// The fair queue: waiting work runs in turn by requester, within bounds of number and time.

import { expect, it } from 'vitest';

import { createFairLimit } from '../../src/common/fairQueue.js';

class Refused extends Error {}

const options = { concurrency: 1, maxQueued: 100, maxWaitMs: 60_000, refusal: () => new Refused() };

/** Work that runs until the test ends it, and records that it has begun. */
function held(begun: string[], name: string) {
  let end = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    end: () => {
      end();
    },
    work: () => {
      begun.push(name);
      return done;
    },
  };
}

it('a requester with one task MUST wait for at most one task of each other requester', async () => {
  const limit = createFairLimit(options);
  const begun: string[] = [];
  const first = held(begun, 'first');
  const running = limit.run('a', first.work);
  const note = (name: string) => () => Promise.resolve(begun.push(name));
  const waiting = [
    ...Array.from({ length: 50 }, (_, index) => limit.run('a', note(`a${String(index)}`))),
    limit.run('b', note('b0')),
    limit.run('c', note('c0')),
  ];
  first.end();
  await Promise.all([running, ...waiting]);
  expect(begun.slice(0, 5)).toEqual(['first', 'a0', 'b0', 'c0', 'a1']);
  expect(begun).toHaveLength(53);
  expect(limit.counts()).toEqual({ active: 0, queued: 0 });
});

it('a full queue MUST refuse tasks of the requester that fills it, and accept those of another', async () => {
  const limit = createFairLimit({ ...options, maxQueued: 10 });
  const begun: string[] = [];
  const first = held(begun, 'first');
  const running = limit.run('flood', first.work);
  const flood = Array.from({ length: 20 }, () => limit.run('flood', () => Promise.resolve('served')));
  const other = limit.run('other', () => Promise.resolve('served'));
  first.end();
  const outcomes = await Promise.allSettled(flood);
  expect(await other).toBe('served');
  await running;
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(refused).toHaveLength(11);
  for (const { reason } of refused) expect(reason).toBeInstanceOf(Refused);
});

it('a task that has waited for too long MUST be refused, and the running one MUST finish', async () => {
  const limit = createFairLimit({ ...options, maxWaitMs: 20 });
  const begun: string[] = [];
  const first = held(begun, 'first');
  const running = limit.run('a', first.work);
  await expect(limit.run('b', () => Promise.resolve())).rejects.toThrow(Refused);
  first.end();
  await running;
  expect(await limit.run('b', () => Promise.resolve('served'))).toBe('served');
});

it('waiting tasks MUST begin as soon as the concurrency is raised', async () => {
  const limit = createFairLimit(options);
  const begun: string[] = [];
  const works = ['one', 'two', 'three'].map((name) => held(begun, name));
  const running = works.map(({ work }) => limit.run('a', work));
  expect(begun).toEqual(['one']);
  limit.resize(2, 10);
  await expect.poll(() => begun).toEqual(['one', 'two']);
  for (const { end } of works) end();
  await Promise.all(running);
});

it('a task whose client has gone MUST NOT begin', async () => {
  const limit = createFairLimit(options);
  const begun: string[] = [];
  const first = held(begun, 'first');
  const running = limit.run('a', first.work);
  let isGone = false;
  const abandoned = limit.run(
    'a',
    () => Promise.resolve(begun.push('abandoned')),
    () => isGone,
  );
  isGone = true;
  first.end();
  await expect(abandoned).rejects.toThrow(Refused);
  await running;
  expect(begun).toEqual(['first']);
  expect(limit.counts()).toEqual({ active: 0, queued: 0 });
});
