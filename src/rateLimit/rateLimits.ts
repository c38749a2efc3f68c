// What is counted, for whom, and how much of it is allowed: the one place where the limits' names and windows are.

import { createHmac, type KeyObject } from 'node:crypto';

import { type Background } from '../common/backgroundTasks.js';
import { type Clock } from '../common/clock.js';
import { type Log } from '../observability/log.js';
import { type Count, createCounters, type CounterStore } from './counters.js';
import { createGates } from './keyedSemaphore.js';
import { createGuesses, type Limited, limited } from './attempts.js';
import { networkOf } from '../common/ip.js';
import { LimiterUnavailable } from './errors.js';

/** How many are allowed in a window, for each window's name. */
export interface LimitSettings {
  /** Wrong guesses for an account from an address. */
  readonly guessesPerMinute: number;
  /** Wrong guesses for an account from everywhere. */
  readonly accountGuessesPerHour: number;
  /** Wrong guesses from an address over all accounts; the same for emailed links, on their own. */
  readonly addressGuessesPerHour: number;
  readonly addressRegistrationsPerHour: number;
  readonly addressMailsPerHour: number;
  /** Of those that were asked for, and of notices of one kind. */
  readonly recipientMailsPerHour: number;
}

export interface Guess<T> {
  /** The account's normalised address, whether or not there is such an account. */
  readonly account: string;
  /** Where the attempt comes from. */
  readonly address: string | null;
  /** Whether somebody has signed in to the account from there before; asked when the account's limit is reached. */
  readonly isKnown: () => Promise<boolean>;
  /** Looks at the attempt. What it throws was no guess. */
  readonly look: () => Promise<T>;
  readonly isWrong: (result: T) => boolean;
}

/**
 * Every part throws {@link LimiterUnavailable} when attempts cannot be counted, and gives `limited` when there were
 * too many. Never to be called inside a transaction, where nothing else is said.
 *
 * The store is the database of the request, whose time it shares.
 */
export interface Limits {
  /** Looks at a password unless there were too many wrong ones. */
  guess<T>(store: CounterStore, guess: Guess<T>): Promise<T | Limited>;
  /** Looks at an emailed link unless there were too many forged ones. */
  guessLink<T>(store: CounterStore, guess: Omit<Guess<T>, 'account' | 'isKnown'>): Promise<T | Limited>;
  /** Counts a registration; null when there is room for it. */
  registration(store: CounterStore, address: string | null): Promise<Limited | null>;
  /** Counts a mail that somebody asks for; null when there is room for it. */
  mail(store: CounterStore, address: string | null, recipient: string): Promise<Limited | null>;
  /**
   * Counts a notice that nobody asked for, and tells whether there is room for it: whoever registered with somebody
   * else's address could flood that by what calls for one. The one part that is called inside a transaction, under the
   * user's lock, and that takes its row last.
   *
   * @param client the transaction
   */
  notice(client: object, userId: string, what: string): Promise<boolean>;
}

export interface LimitParts {
  /** The Drizzle table of the counts. */
  readonly table: object;
  /** For what is given back after the answer. */
  readonly store: CounterStore;
  /** The rows' keys are made with it, so that they tell no address. The same on every node. */
  readonly key: KeyObject;
  readonly clock: Clock;
  readonly background: Background;
  readonly log: Log;
}

/**
 * How many attempts may wait on this node, of whatever accounts and addresses. A request that waits is one of those that
 * are executed at a time (see http/limits.ts): it must not be possible to fill those with attempts.
 */
const mostWaiting = 256;

const minute = 60;
const hour = 3_600;

/** How the store says that it cannot be reached, or that the request has no time left for it. */
const outages: ReadonlySet<string> = new Set(['DatabaseUnavailable', 'TimeSpent']);

/** Counts nothing and refuses nothing. */
export const noLimits: Limits = {
  guess: (_store, { look }) => look(),
  guessLink: (_store, { look }) => look(),
  registration: () => Promise.resolve(null),
  mail: () => Promise.resolve(null),
  notice: () => Promise.resolve(true),
};

export function createLimits(most: LimitSettings, parts: LimitParts): Limits {
  const { table, store: ownStore, clock, background, log } = parts;
  const counters = createCounters(table, clock);
  const gates = createGates(mostWaiting);
  const guess = createGuesses({ counters, gates, background, store: ownStore });

  const count = (name: string, subject: readonly string[], limit: number, seconds: number): Count => {
    const digest = createHmac('sha256', parts.key).update(JSON.stringify(['rate limits', name, ...subject]));
    return { name, key: digest.digest('base64url').slice(0, 22), most: limit, seconds, isEnforced: true };
  };

  /** Counts what is done rather than guessed: nothing of it is given back. */
  const add = async (store: CounterStore, counts: readonly Count[]): Promise<Limited | null> => {
    const taking = await counters.take(store, counts).catch((cause: unknown) => {
      throw new LimiterUnavailable(cause);
    });
    return taking.kind === 'full' ? limited(taking.full) : null;
  };

  /** An outage of the database is said elsewhere; of anything else the operator would not know. */
  const said = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      const cause = error instanceof LimiterUnavailable ? error.cause : undefined;
      if (cause instanceof Error && !outages.has(cause.name)) {
        log.error({ err: cause }, 'attempts cannot be counted, and are refused');
      }
      throw error;
    }
  };

  return {
    guess(store, { account, address, isKnown, ...rest }) {
      const network = networkOf(address);
      const counts = [
        count('guess', [account, network], most.guessesPerMinute, minute),
        count('address', [network], most.addressGuessesPerHour, hour),
        count('account', [account], most.accountGuessesPerHour, hour),
      ];
      return said(guess(store, { ...rest, counts, exemption: { name: 'account', holds: isKnown } }));
    },

    guessLink(store, { address, ...rest }) {
      const counts = [count('link', [networkOf(address)], most.addressGuessesPerHour, hour)];
      return said(guess(store, { ...rest, counts }));
    },

    registration(store, address) {
      const network = networkOf(address);
      return said(add(store, [count('registration', [network], most.addressRegistrationsPerHour, hour)]));
    },

    mail(store, address, recipient) {
      const counts = [
        count('mail', [networkOf(address)], most.addressMailsPerHour, hour),
        count('recipient', [recipient], most.recipientMailsPerHour, hour),
      ];
      return said(add(store, counts));
    },

    async notice(client, userId, what) {
      const counts = [count('notice', [userId, what], most.recipientMailsPerHour, hour)];
      const { kind } = await counters.take({ transact: (work) => work(client) }, counts);
      return kind === 'taken';
    },
  };
}
