// A queue that serves its keys in turn, so that a key with a thousand items delays another by one of them; and a limit on
// concurrent work that lets requesters wait in such a queue, for a bounded time.

export interface FairLimit {
  /**
   * Runs work when it is its turn.
   *
   * @param requester the client, such as a network; requesters are served in turn
   * @param isAbandoned whether its client has gone: the work is then refused instead of begun
   * @throws the error of `refusal`, when the queue is full or the work has waited for `maxWaitMs`
   */
  run<T>(requester: string, work: () => Promise<T>, isAbandoned?: () => boolean): Promise<T>;
  counts(): { readonly active: number; readonly queued: number };
  /** Changes how many pieces of work run at once, and how many may wait from now on. */
  resize(concurrency: number, maxQueued: number): void;
}

export interface FairLimitOptions {
  readonly concurrency: number;
  /** How many pieces of work may wait. When the queue is full, the requester with the most in it loses its newest. */
  readonly maxQueued: number;
  readonly maxWaitMs: number;
  readonly refusal: () => Error;
}

interface Waiter {
  readonly start: () => void;
  readonly refuse: () => void;
}

export function createFairLimit(options: FairLimitOptions): FairLimit {
  const { maxWaitMs, refusal } = options;
  let { concurrency, maxQueued } = options;
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

    resize(newConcurrency, newMaxQueued) {
      concurrency = newConcurrency;
      maxQueued = newMaxQueued;
      startNext();
    },
  };
}

function never(): boolean {
  return false;
}

export interface FairQueue<T> {
  readonly size: number;
  push(key: string, item: T): void;
  /** Takes the oldest item of the key whose turn it is. */
  shift(): T | undefined;
  /** Takes the newest item of the key that has the most, unless `key` would have as many with one more. */
  dropForRoom(key: string): T | undefined;
  /** Takes an item out before its turn; false when it is not there any more. */
  remove(key: string, item: T): boolean;
}

export function createFairQueue<T>(): FairQueue<T> {
  /** The items by key, the next key first. A key without items is not there. */
  const queues = new Map<string, T[]>();
  let size = 0;

  const taken = (key: string, queue: readonly T[]) => {
    size -= 1;
    if (queue.length === 0) queues.delete(key);
  };

  return {
    get size() {
      return size;
    },

    push(key, item) {
      const queue = queues.get(key);
      if (queue === undefined) queues.set(key, [item]);
      else queue.push(item);
      size += 1;
    },

    shift() {
      for (const [key, queue] of queues) {
        const item = queue.shift();
        // The key goes to the end of the row.
        queues.delete(key);
        queues.set(key, queue);
        taken(key, queue);
        return item;
      }
      return undefined;
    },

    dropForRoom(key) {
      const [longest, queue] = [...queues].reduce(
        (most, one) => (one[1].length > most[1].length ? one : most),
        ['', []],
      );
      if (queue.length <= (queues.get(key)?.length ?? 0) + 1) return undefined;
      const item = queue.pop();
      taken(longest, queue);
      return item;
    },

    remove(key, item) {
      const queue = queues.get(key);
      const index = queue?.indexOf(item) ?? -1;
      if (queue === undefined || index < 0) return false;
      queue.splice(index, 1);
      taken(key, queue);
      return true;
    },
  };
}
