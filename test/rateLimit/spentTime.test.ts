// A request that has used up its own time, among others that wait for the same.

import { setTimeout as pause } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { bounded, sharedTime } from '../../src/db/deadline.js';
import { DatabaseUnavailable, TimeSpent } from '../../src/db/errors.js';
import { createBackground } from '../../src/common/backgroundTasks.js';
import { createGates } from '../../src/rateLimit/keyedSemaphore.js';
import { createGuesses } from '../../src/rateLimit/attempts.js';
import { LimiterUnavailable } from '../../src/rateLimit/errors.js';
import { createLog } from '../../src/observability/log.js';

/** A database that serves, as a request sees it that has so much time. */
function storeWithin(totalMs: number, takesMs = 0) {
  const allow = sharedTime(totalMs);
  return {
    transact: <T>(work: (client: object) => Promise<T>) =>
      allow((ms) =>
        bounded(ms, async () => {
          await pause(takesMs);
          return work({});
        }),
      ),
  };
}

const guess = createGuesses({
  counters: {
    take: (store, counts) =>
      store.transact(() =>
        Promise.resolve({ kind: 'taken', taken: counts.map((count) => ({ count, until: new Date() })) }),
      ),
    giveBack: () => Promise.resolve(),
  },
  gates: createGates(10),
  background: createBackground(createLog('silent', false)),
  store: storeWithin(3_000),
});

test('what fails for want of its own time says so; what has had time enough blames the database', async () => {
  const never = () => new Promise<never>(() => undefined);
  await expect(sharedTime(0)((ms) => bounded(ms, never))).rejects.toThrow(TimeSpent);
  await expect(sharedTime(50)((ms) => bounded(ms, never))).rejects.toThrow(TimeSpent);
  const failed = await sharedTime(1_100)((ms) => bounded(ms, never)).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(DatabaseUnavailable);
  expect(failed).not.toBeInstanceOf(TimeSpent);
});

test('it MUST fail alone: those that wait behind it have their own', async () => {
  const counts = [{ name: 'address', key: 'a', most: 5, seconds: 60, isEnforced: true }];
  const attempt = (store: ReturnType<typeof storeWithin>) =>
    guess(store, { counts, look: () => pause(20, 'looked at'), isWrong: () => false });
  const all = await Promise.allSettled([3_000, 0, 3_000, 3_000].map((ms) => attempt(storeWithin(ms))));
  expect(all).toMatchObject([
    { value: 'looked at' },
    { reason: expect.any(LimiterUnavailable) as Error },
    { value: 'looked at' },
    { value: 'looked at' },
  ]);
});
