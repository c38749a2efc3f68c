// Bounds guessing. Attempts are counted before the password is checked, so parallel requests and aliases cannot bypass
// the limit. Once limited, even the correct password is refused.

import { type Background } from '../common/backgroundTasks.js';
import { type Clock } from '../common/clock.js';
import { DeadlineExceeded } from '../common/errors.js';
import {
  type Count,
  type Counted,
  type Counters,
  type CounterStore,
  type Executor,
  LimiterUnavailable,
  type Taking,
} from './counters.js';
import { type Gate, type Gates, type Requester } from './gates.js';

/** Too many attempts: this one was refused. */
export interface Limited {
  readonly kind: 'limited';
  /** When the next one is accepted. */
  readonly retryAt: Date;
}

/** An attempt that is counted, and may be made now. */
export interface Reservation {
  readonly kind: 'reserved';
  /**
   * Until when the account has no attempts left, where other networks have used them up; null while it has. Then a right
   * password opens the account from a known network only, and every other outcome is answered as `limited`.
   */
  readonly closedUntil: Date | null;
  /** Whether a user has signed in to the account from this network since its last reset or verification. */
  readonly isKnown: boolean;
  /**
   * Ends the attempt; to be called once. `wrong` leaves it counted. `right` and `failed`, which was no guess, give it
   * back behind the answer.
   */
  release(outcome: 'right' | 'wrong' | 'failed'): void;
}

export interface CountedAttempt {
  /** The counts that it takes, the narrowest first: every attempt enters their gates in the same order. */
  readonly counts: readonly Count[];
  /** The counts of a right attempt. It is refused where one of these has none left. */
  readonly successes: readonly Count[];
  /** The key of the account and the network; empty where there is no account. */
  readonly knownKey: string;
  readonly requester: Requester;
}

/** A reservation, and the result of the read beside the counts. */
export type Reserved<T> = Reservation & { readonly found: T };

/**
 * Counts an attempt before it is made.
 *
 * @param read reads what the attempt is about, in the round trip of the counts
 * @throws LimiterUnavailable when attempts cannot be counted
 */
export type Reserve = <Db extends Executor, T>(
  store: CounterStore<Db>,
  attempt: CountedAttempt,
  read: (db: Db) => Promise<T>,
) => Promise<Reserved<T> | Limited>;

export interface ReserveParts {
  readonly counters: Counters;
  readonly gates: Gates;
  readonly background: Background;
  readonly clock: Clock;
  /** The database in which attempts are given back, when the answer no longer waits. */
  readonly store: CounterStore;
}

/** The nodes that can be busy with one key at once without refusing each other's right attempts. */
const nodes = 5;

export function createReserve({
  counters,
  gates,
  background,
  clock,
  store: ownStore,
}: ReserveParts): Reserve {
  /**
   * Takes the counts. Where one is full, and an attempt under way may still give its count back, waits for it and tries again.
   */
  const take = async <Db extends Executor, T>(
    store: CounterStore<Db>,
    attempt: CountedAttempt,
    read: (db: Db) => Promise<T>,
  ): Promise<readonly [Taking, T]> => {
    const checked = attempt.successes.map((count) => ({ ...count, mode: 'check' as const }));
    for (;;) {
      const counts = [...attempt.counts, ...checked];
      const [taking, found] = await store.read((db) =>
        Promise.all([counters.take(db, counts, attempt.knownKey, clock.now()), read(db)]),
      );
      const pending = taking.full.map(({ count }) => gates.nextConclusion(gateOf(count)));
      const next = pending.find((conclusion) => conclusion !== null);
      if (next === undefined) return [taking, found];
      await next;
    }
  };

  const reservationOf = (attempt: CountedAttempt, taking: Taking, leave: () => void): Reservation => {
    const gatesOf = attempt.counts.map(gateOf);
    gatesOf.forEach(gates.begin);
    const conclude = () => {
      gatesOf.forEach(gates.conclude);
      leave();
    };
    return {
      kind: 'reserved',
      closedUntil: latest(taking.exhausted),
      isKnown: taking.isKnown,
      release(outcome) {
        if (outcome === 'wrong') {
          conclude();
          return;
        }
        const add = outcome === 'right' ? attempt.successes : [];
        // The answer does not wait for it, but the next attempt at the same does.
        background.run('give an attempt back', () =>
          counters.settle(ownStore, taking.taken, add, clock.now()).finally(conclude),
        );
      },
    };
  };

  return async (store, attempt, read) => {
    const entered: Gate[] = [];
    const leave = () => {
      entered.forEach(gates.leave);
    };
    try {
      for (const gate of attempt.counts.map(gateOf)) {
        await gates.enter(gate, attempt.requester);
        entered.push(gate);
      }
      const [taking, found] = await take(store, attempt, read);
      if (taking.full.length === 0) return { ...reservationOf(attempt, taking, leave), found };
      leave();
      return limited(taking.full);
    } catch (cause) {
      const error = cause instanceof LimiterUnavailable ? cause : new LimiterUnavailable(cause);
      // One statement that ran out of time is enough: those behind it would each wait as long. Unless it was this
      // request's own time, which it has spent on other things.
      if (error !== cause && !(cause instanceof DeadlineExceeded))
        for (const gate of entered) gates.fail(gate, error);
      leave();
      throw error;
    }
  };
}

function gateOf({ key, most }: Count): Gate {
  return { key, permits: Math.max(1, Math.floor(most / nodes)) };
}

/** Refuses an attempt until each of the counts has room again. */
export function limited(full: readonly Counted[]): Limited {
  return { kind: 'limited', retryAt: latest(full) ?? new Date(0) };
}

function latest(counted: readonly Counted[]): Date | null {
  if (counted.length === 0) return null;
  return new Date(Math.max(...counted.map(({ until }) => until.getTime())));
}
