// Runs only so many pieces of work at once, and lets the others wait in turn by requester, for a bounded time.

import { createFairQueue } from './fairQueue.js';

export interface FairLimit {
  /**
   * Runs work when it is its turn.
   *
   * @param requester for whom; requesters are served in turn
   * @param isAbandoned whether nobody waits for it any more: it is then not begun, and refused
   * @throws what `refusal` makes, when the queue is full or the work has waited for `maxWaitMs`
   */
  run<T>(requester: string, work: () => Promise<T>, isAbandoned?: () => boolean): Promise<T>;
  counts(): { readonly active: number; readonly queued: number };
  /** Changes how many run at once. */
  setConcurrency(concurrency: number): void;
}

export interface FairLimitOptions {
  readonly concurrency: number;
  /** How many may wait. When the queue is full, the requester with the most in it loses its newest. */
  readonly maxQueued: number;
  readonly maxWaitMs: number;
  readonly refusal: () => Error;
}

interface Waiter {
  readonly start: () => void;
  readonly refuse: () => void;
}

export function createFairLimit(options: FairLimitOptions): FairLimit {
  const { maxQueued, maxWaitMs, refusal } = options;
  let { concurrency } = options;
  let active = 0;
  const queue = createFairQueue<Waiter>();

  const startNext = () => {
    while (active < concurrency) {
      const next = queue.shift();
      if (next === undefined) return;
      active += 1;
      next.start();
    }
  };

  const turn = (requester: string) =>
    new Promise<void>((resolve, reject) => {
      const refuse = () => {
        clearTimeout(timer);
        reject(refusal());
      };
      const waiter: Waiter = {
        start() {
          clearTimeout(timer);
          resolve();
        },
        refuse,
      };
      const timer = setTimeout(() => {
        if (queue.remove(requester, waiter)) refuse();
      }, maxWaitMs);
      if (queue.size >= maxQueued) {
        const dropped = queue.dropForRoom(requester);
        if (dropped === undefined) {
          refuse();
          return;
        }
        dropped.refuse();
      }
      queue.push(requester, waiter);
    });

  return {
    async run(requester, work, isAbandoned = never) {
      if (active < concurrency) active += 1;
      else await turn(requester);
      try {
        if (isAbandoned()) throw refusal();
        return await work();
      } finally {
        active -= 1;
        startNext();
      }
    },

    counts: () => ({ active, queued: queue.size }),

    setConcurrency(next) {
      concurrency = next;
      startNext();
    },
  };
}

function never(): boolean {
  return false;
}
