// Counts in the shared database, so that they hold over all nodes: rate-limiter-flexible's fixed windows, a row for
// each key. Several counts are taken together or not at all.

import limiting from 'rate-limiter-flexible';

import { type Clock } from '../common/clock.js';

/** Where the counts are kept. A client is a Drizzle handle inside the transaction. */
export interface CounterStore {
  transact<T>(work: (client: object) => Promise<T>): Promise<T>;
}

/** One thing that is counted, for one key. */
export interface Count {
  /** What is counted; the row's key begins with it. */
  readonly name: string;
  /** Whom it is counted for. It is kept as it is, so it must not tell who that is. */
  readonly key: string;
  /** How many are allowed in a window. */
  readonly most: number;
  /** How long a window is, from its first count on. */
  readonly seconds: number;
  /** False to count without ever refusing. */
  readonly isEnforced: boolean;
}

/** A count that was taken, and when its window ends. */
export interface Taken {
  readonly count: Count;
  readonly until: Date;
}

export type Taking =
  | { readonly kind: 'taken'; readonly taken: readonly Taken[] }
  /** Nothing was taken: these are at their limit until then. */
  | { readonly kind: 'full'; readonly full: readonly Taken[] };

export interface Counters {
  /** Takes one of each count, or none of any. Throws what the store throws. */
  take(store: CounterStore, counts: readonly Count[]): Promise<Taking>;
  /** Takes nothing back whose window has ended: that would be a gift to the next one. */
  giveBack(store: CounterStore, taken: readonly Taken[]): Promise<void>;
}

/** Undoes the transaction in which it is thrown. */
class Full extends Error {
  readonly full: readonly Taken[];

  constructor(full: readonly Taken[]) {
    super('a limit has been reached');
    this.full = full;
  }
}

/**
 * @param table the Drizzle table of the counts: `key`, `points`, `expire`
 * @param clock for what is said of the windows' ends; the library itself goes by the machine's clock
 */
export function createCounters(table: object, clock: Clock): Counters {
  const limiterOf = ({ name, most, seconds }: Count, client: object) =>
    new limiting.RateLimiterDrizzle({
      storeClient: client,
      schema: table,
      keyPrefix: name,
      points: most,
      duration: seconds,
      // Its timer could not be stopped with the node; expired rows are purged with the other tidying.
      clearExpiredByTimeout: false,
    });

  const takeOne = async (count: Count, client: object): Promise<Taken & { readonly isFull: boolean }> => {
    const consumed = await limiterOf(count, client)
      .consume(count.key)
      .then(
        (result) => ({ result, isFull: false }),
        (refused: unknown) => {
          if (refused instanceof limiting.RateLimiterRes)
            return { result: refused, isFull: count.isEnforced };
          throw refused;
        },
      );
    const { result, isFull } = consumed;
    return { count, isFull, until: new Date(clock.now().getTime() + result.msBeforeNext) };
  };

  return {
    async take(store, counts) {
      try {
        const taken = await store.transact(async (client) => {
          const all: (Taken & { readonly isFull: boolean })[] = [];
          // One after the other, always in the caller's order: transactions that cross would lock each other out.
          for (const count of counts) all.push(await takeOne(count, client));
          const full = all.filter(({ isFull }) => isFull);
          if (full.length > 0) throw new Full(full);
          return all;
        });
        return { kind: 'taken', taken };
      } catch (error) {
        if (error instanceof Full) return { kind: 'full', full: error.full };
        throw error;
      }
    },

    async giveBack(store, taken) {
      const now = clock.now();
      const open = taken.filter(({ until }) => until > now);
      if (open.length === 0) return;
      await store.transact(async (client) => {
        for (const { count } of open) await limiterOf(count, client).reward(count.key);
      });
    },
  };
}
