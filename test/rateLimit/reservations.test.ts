// A request that has used up its own time, among others that wait at the same gate.

import { setTimeout as pause } from 'node:timers/promises';

import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';

import { createBackground } from '../../src/common/backgroundTasks.js';
import { systemClock } from '../../src/common/clock.js';
import { DeadlineExceeded } from '../../src/common/errors.js';
import { withTimeout, sharedTime } from '../../src/db/deadline.js';
import { DatabaseUnavailable } from '../../src/db/errors.js';
import { createLog } from '../../src/observability/log.js';
import { createGates } from '../../src/rateLimit/gates.js';
import { createReserve } from '../../src/rateLimit/reservations.js';
import { createCounters, type Executor, LimiterUnavailable } from '../../src/rateLimit/counters.js';

/** Creates a database that works, as seen by a request with a limited time. */
function storeWithin(totalMs: number, takesMs = 0) {
  const allow = sharedTime(totalMs);
  return {
    read: <T>(work: (db: Executor) => Promise<T>): Promise<T> =>
      allow((ms) =>
        withTimeout(ms, async () => {
          await pause(takesMs);
          return work({ execute: () => Promise.resolve([]) });
        }),
      ),
  };
}

const store = storeWithin(3_000);

const reserve = createReserve({
  counters: {
    ...createCounters({ counts: sql`nothing`, known: sql`nothing` }),
    take: () => Promise.resolve({ taken: [], full: [], exhausted: [], isKnown: false }),
  },
  gates: createGates(10),
  background: createBackground(createLog('silent', false)),
  clock: systemClock,
  store,
});

test('a read with too little time of its own fails with DeadlineExceeded, one with enough time with DatabaseUnavailable', async () => {
  const never = () => new Promise<never>(() => undefined);
  await expect(sharedTime(0)((ms) => withTimeout(ms, never))).rejects.toThrow(DeadlineExceeded);
  await expect(sharedTime(50)((ms) => withTimeout(ms, never))).rejects.toThrow(DeadlineExceeded);
  const failed = await sharedTime(1_100)((ms) => withTimeout(ms, never)).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(DatabaseUnavailable);
  expect(failed).not.toBeInstanceOf(DeadlineExceeded);
});

test('RATE-02 a request without time left MUST fail alone, and the requests that wait behind it still get their reservations', async () => {
  const counts = [{ key: 'network:a', most: 5, seconds: 60, mode: 'take' } as const];
  const requester = { network: 'a', isKnown: () => Promise.resolve(false) };
  const attempt = async (own: ReturnType<typeof storeWithin>) => {
    const what = { counts, successes: [], knownKey: '', requester };
    const reserved = await reserve(own, what, () => Promise.resolve(null));
    await pause(20);
    if (reserved.kind === 'reserved') reserved.release('failed');
    return reserved.kind;
  };
  const all = await Promise.allSettled([3_000, 0, 3_000, 3_000].map((ms) => attempt(storeWithin(ms))));
  expect(all).toMatchObject([
    { value: 'reserved' },
    { reason: expect.any(LimiterUnavailable) as Error },
    { value: 'reserved' },
    { value: 'reserved' },
  ]);
});
