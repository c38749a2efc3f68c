// Bounds guessing. An attempt is counted before it is looked at, and given back when it was none: so many at once
// cannot get more looks than one after another. A right one is refused too while a limit is reached.

import { type Background } from '../common/backgroundTasks.js';
import { type Count, type Counters, type CounterStore, type Taken, type Taking } from './counters.js';
import { type Gate, type Gates } from './keyedSemaphore.js';
import { LimiterUnavailable } from './errors.js';

/** Too many attempts: this one was not looked at. */
export interface Limited {
  readonly kind: 'limited';
  /** When the next one will be. */
  readonly retryAt: Date;
}

export interface Attempt<T> {
  /** What it is counted as, the narrowest first; each in its order everywhere. */
  readonly counts: readonly Count[];
  /** Asked when the count of this name is at its limit: whether it does not hold for this attempt. */
  readonly exemption?: { readonly name: string; readonly holds: () => Promise<boolean> };
  /** Looks at it. What it throws was no guess. */
  readonly look: () => Promise<T>;
  readonly isWrong: (result: T) => boolean;
}

export type Guesses = <T>(store: CounterStore, attempt: Attempt<T>) => Promise<T | Limited>;

export interface GuessParts {
  readonly counters: Counters;
  readonly gates: Gates;
  readonly background: Background;
  /** Where attempts are given back, when the answer no longer waits. */
  readonly store: CounterStore;
}

/** The nodes that can be busy with one key at once without refusing each other's right attempts. */
const nodes = 5;

export function createGuesses({ counters, gates, background, store: ownStore }: GuessParts): Guesses {
  /** While attempts are under way that may yet be given back, a full count is not the last word. */
  const take = async (store: CounterStore, counts: readonly Count[]): Promise<Taking> => {
    for (;;) {
      const taking = await counters.take(store, counts);
      if (taking.kind === 'taken') return taking;
      const pending = taking.full.map(({ count }) => gates.nextConclusion(gateOf(count)));
      const next = pending.find((conclusion) => conclusion !== null);
      if (next === undefined) return taking;
      await next;
    }
  };

  const takeUnlessExempt = async <T>(
    store: CounterStore,
    { counts, exemption }: Attempt<T>,
  ): Promise<Taking> => {
    const taking = await take(store, counts);
    if (taking.kind === 'taken' || exemption === undefined) return taking;
    const { name, holds } = exemption;
    if (!taking.full.some(({ count }) => count.name === name) || !(await holds())) return taking;
    return take(
      store,
      counts.map((count) => (count.name === name ? { ...count, isEnforced: false } : count)),
    );
  };

  const look = async <T>(attempt: Attempt<T>, taken: readonly Taken[], leave: () => void): Promise<T> => {
    const gatesOf = attempt.counts.map(gateOf);
    gatesOf.forEach(gates.begin);
    let isWrong = false;
    try {
      const result = await attempt.look();
      isWrong = attempt.isWrong(result);
      return result;
    } finally {
      const conclude = () => {
        gatesOf.forEach(gates.conclude);
        leave();
      };
      if (isWrong) conclude();
      // The answer does not wait for it, but the next attempt at the same does.
      else background.run('give an attempt back', () => counters.giveBack(ownStore, taken).finally(conclude));
    }
  };

  return async (store, attempt) => {
    const entered: Gate[] = [];
    const leave = () => {
      entered.forEach(gates.leave);
    };
    let taking: Taking;
    try {
      for (const gate of attempt.counts.map(gateOf)) {
        await gates.enter(gate);
        entered.push(gate);
      }
      taking = await takeUnlessExempt(store, attempt);
    } catch (cause) {
      const error = cause instanceof LimiterUnavailable ? cause : new LimiterUnavailable(cause);
      // One statement that ran out of time is enough: those behind it would each wait as long. Unless it was this
      // request's own time, which it has spent on other things.
      if (error !== cause && !isTimeSpent(cause)) for (const gate of entered) gates.fail(gate, error);
      leave();
      throw error;
    }
    if (taking.kind === 'taken') return look(attempt, taking.taken, leave);
    leave();
    return limited(taking.full);
  };
}

function gateOf({ name, key, most }: Count): Gate {
  return { key: `${name}:${key}`, room: Math.max(1, Math.floor(most / nodes)) };
}

/** All of them have to have room again. */
export function limited(full: readonly Taken[]): Limited {
  return { kind: 'limited', retryAt: new Date(Math.max(...full.map(({ until }) => until.getTime()))) };
}

function isTimeSpent(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'TimeSpent';
}
