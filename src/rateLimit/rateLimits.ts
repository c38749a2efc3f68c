// The limits as the acts call them: each counts what is about to be done, and tells whether there is room for it.

import { type KeyObject } from 'node:crypto';

import { type Background } from '../common/backgroundTasks.js';
import { type Clock } from '../common/clock.js';
import { ServiceUnavailableError } from '../common/errors.js';
import { networkOf } from '../common/networks.js';
import { type Log } from '../observability/log.js';
import {
  type Count,
  createCounters,
  type CounterStore,
  type CounterTables,
  type Executor,
  type TransactionExecutor,
  LimiterUnavailable,
} from './counters.js';
import {
  type AccountGuess,
  type Counts,
  createCounts,
  type MailRequest,
  type RateLimitSettings,
} from './counts.js';
import { createGates } from './gates.js';
import { createReserve, type Limited, limited, type Reservation, type Reserved } from './reservations.js';

/**
 * Every part throws {@link LimiterUnavailable} when attempts cannot be counted, and gives `limited` when there were
 * too many. Do not call a part inside a transaction, unless its comment says so.
 *
 * The store is the database of the request, whose time it shares.
 */
export interface RateLimits {
  /**
   * Counts a guess of a password before it is checked; the caller releases the reservation.
   *
   * @param read reads the account, in the round trip of the counts
   */
  reserveGuess<Db extends Executor, T>(
    store: CounterStore<Db>,
    guess: AccountGuess,
    read: (db: Db) => Promise<T>,
  ): Promise<Reserved<T> | Limited>;
  /** Counts the use of an emailed link before it is checked; the caller releases the reservation. */
  reserveLink<Db extends Executor, T>(
    store: CounterStore<Db>,
    ip: string | null,
    read: (db: Db) => Promise<T>,
  ): Promise<Reserved<T> | Limited>;
  /** Counts the use of a passkey before it is verified; the caller releases the reservation. */
  reservePasskey<Db extends Executor, T>(
    store: CounterStore<Db>,
    ip: string | null,
    read: (db: Db) => Promise<T>,
  ): Promise<Reserved<T> | Limited>;
  /** Counts a wrong key of a service, after it was checked; null when there is room for it. */
  wrongServiceKey(store: CounterStore, ip: string | null): Promise<Limited | null>;
  /**
   * Tells whether a code of a second factor may be checked; null when there is room for one. Where other networks have used
   * up the account's, a known one still has its own. Called inside a transaction, under the user's lock: so a wrong code is
   * counted before the next one is checked.
   */
  checkCodeLimit(client: Executor, account: string, ip: string | null): Promise<Limited | null>;
  /** Counts a wrong code of a second factor. Called as {@link RateLimits.checkCodeLimit} is. */
  wrongCode(client: Executor, account: string, ip: string | null): Promise<void>;
  /** Counts a registration; null when there is room for it. */
  registration(store: CounterStore, ip: string | null): Promise<Limited | null>;
  /** Counts a change that a signed-in user may repeat as they like; null when there is room for it. */
  change(store: CounterStore, userId: string): Promise<Limited | null>;
  /** Counts a new password that a set of breached ones is asked about; null when there is room for it. */
  breachCheck(store: CounterStore, ip: string | null): Promise<Limited | null>;
  /** Counts a challenge that is started without an account; null when there is room for it. */
  challenge(store: CounterStore, ip: string | null): Promise<Limited | null>;
  /** Counts a ticket that a client of a user mints; null when there is room for it. */
  ticket(store: CounterStore, userId: string): Promise<Limited | null>;
  /** Counts a mail that a client asks for, by its networks and its recipient; null when there is room for it. */
  mail(store: CounterStore, request: MailRequest): Promise<Limited | null>;
  /**
   * Counts a mail of one kind to a recipient at the moment it is made, and tells whether there is room for it. Called
   * inside a transaction, under the user's lock, and takes its row last.
   *
   * @param client the transaction
   * @param knownKey that of the network that asks, as {@link RateLimits.knownKey} gives it: where it is known to the account, it
   *   has mails of its own when others have used up the recipient's
   */
  sent(client: Executor, recipient: string, kind: string, knownKey?: string | null): Promise<boolean>;
  /**
   * Counts a notice that no client asked for, and tells whether there is room for it: a stranger who registered with
   * another person's e-mail could flood that by what calls for one. Called as {@link RateLimits.sent} is.
   */
  notice(client: Executor, emailKey: string, what: string): Promise<boolean>;
  /**
   * The key by which a network is known to an account; null where nothing is counted. Ask for it before a transaction
   * begins.
   */
  knownKey(account: string, ip: string | null): Promise<string | null>;
  /** Forgets what was counted against an account whose owner has proved who they are. Inside a transaction. */
  clear(tx: TransactionExecutor, account: string, ip: string | null): Promise<void>;
}

export interface RateLimitParts {
  readonly tables: CounterTables;
  /** For what is given back after the answer. */
  readonly store: CounterStore;
  /** The rows' keys are made with it, so that they reveal no email and no IP. The same on every node. */
  readonly key: () => Promise<KeyObject>;
  readonly clock: Clock;
  readonly background: Background;
  readonly log: Log;
}

/**
 * How many attempts may wait on this node, of whatever accounts and networks. A request that waits is one of those that
 * are executed at a time (see http/limits.ts): it must not be possible to fill those with attempts.
 */
const maxWaiting = 256;

const free: Reservation = {
  kind: 'reserved',
  closedUntil: null,
  isKnown: false,
  release: () => undefined,
};

/** Counts nothing and refuses nothing. */
export const noRateLimits: RateLimits = {
  reserveGuess: async (store, _guess, read) => ({ ...free, found: await store.read(read) }),
  reserveLink: async (store, _ip, read) => ({ ...free, found: await store.read(read) }),
  reservePasskey: async (store, _ip, read) => ({ ...free, found: await store.read(read) }),
  wrongServiceKey: () => Promise.resolve(null),
  checkCodeLimit: () => Promise.resolve(null),
  wrongCode: () => Promise.resolve(),
  registration: () => Promise.resolve(null),
  change: () => Promise.resolve(null),
  breachCheck: () => Promise.resolve(null),
  challenge: () => Promise.resolve(null),
  ticket: () => Promise.resolve(null),
  mail: () => Promise.resolve(null),
  sent: () => Promise.resolve(true),
  notice: () => Promise.resolve(true),
  knownKey: () => Promise.resolve(null),
  clear: () => Promise.resolve(),
};

export function createRateLimits(settings: RateLimitSettings, parts: RateLimitParts): RateLimits {
  const { tables, store: ownStore, clock, background, log } = parts;
  const counters = createCounters(tables);
  const reserve = createReserve({
    counters,
    gates: createGates(maxWaiting),
    background,
    clock,
    store: ownStore,
  });

  let counts: Counts | null = null;
  /** The key of the counts is read from the database at the first use. */
  const loadCounts = async () => (counts ??= createCounts(await parts.key(), settings));

  /** Counts, and logs why attempts cannot be counted. An outage of the database is logged where it is found. */
  const counting = async <T>(work: (counts: Counts) => Promise<T> | T): Promise<T> => {
    try {
      return await work(await loadCounts());
    } catch (thrown) {
      const error = thrown instanceof LimiterUnavailable ? thrown : new LimiterUnavailable(thrown);
      const { cause } = error;
      if (cause !== undefined && !(cause instanceof ServiceUnavailableError)) {
        log.error({ err: cause }, 'attempts cannot be counted, and are refused');
      }
      throw error;
    }
  };

  /** Counts what is done rather than guessed: nothing of it is given back. */
  const take = (store: CounterStore, countsOf: (counts: Counts) => readonly Count[]) =>
    counting(async (all): Promise<Limited | null> => {
      const { full } = await store.read((db) => counters.take(db, countsOf(all), '', clock.now()));
      return full.length > 0 ? limited(full) : null;
    });

  /** Reserves an attempt at something that belongs to no account until it has been checked. */
  const reserveByIp = <Db extends Executor, T>(
    store: CounterStore<Db>,
    ip: string | null,
    countsOf: (counts: Counts) => readonly Count[],
    read: (db: Db) => Promise<T>,
  ) =>
    counting((all) => {
      const requester = { network: networkOf(ip), isKnown: () => Promise.resolve(false) };
      return reserve(store, { counts: countsOf(all), successes: [], knownKey: '', requester }, read);
    });

  return {
    reserveGuess: (store, guess, read) =>
      counting((all) => {
        const { account, ip } = guess;
        const knownKey = all.knownKey(account, ip);
        const requester = { network: networkOf(ip), isKnown: () => counters.isKnown(ownStore, knownKey) };
        const attempt = { counts: all.guess(guess), successes: all.success(account), knownKey, requester };
        return reserve(store, attempt, read);
      }),

    reserveLink: (store, ip, read) => reserveByIp(store, ip, (all) => all.link(ip), read),

    reservePasskey: (store, ip, read) => reserveByIp(store, ip, (all) => all.passkey(ip), read),

    wrongServiceKey: (store, ip) => take(store, (all) => all.serviceKey(ip)),

    checkCodeLimit: (client, account, ip) =>
      counting(async (all) => {
        const { ofNetwork, ofAccount } = all.code(account, ip, 'check');
        const knownKey = all.knownKey(account, ip);
        const { full, isKnown } = await counters.take(client, [ofNetwork, ofAccount], knownKey, clock.now());
        const binding = full.filter(({ count }) => !isKnown || count.key !== ofAccount.key);
        return binding.length > 0 ? limited(binding) : null;
      }),

    wrongCode: (client, account, ip) =>
      counting(async (all) => {
        const { ofNetwork, ofAccount } = all.code(account, ip, 'offer');
        await counters.take(client, [ofNetwork, ofAccount], '', clock.now());
      }),

    registration: (store, ip) => take(store, (all) => all.registration(ip)),

    change: (store, userId) => take(store, (all) => all.change(userId)),

    breachCheck: (store, ip) => take(store, (all) => all.breachCheck(ip)),

    challenge: (store, ip) => take(store, (all) => all.challenge(ip)),

    ticket: (store, userId) => take(store, (all) => all.ticket(userId)),

    mail: (store, request) => take(store, (all) => all.askedMail(request)),

    async sent(client, recipient, kind, knownKey = null) {
      const asked = (await loadCounts()).sentMail(recipient, kind, knownKey);
      const { full, exhausted, isKnown } = await counters.take(client, asked, knownKey ?? '', clock.now());
      return full.length === 0 && (exhausted.length === 0 || isKnown);
    },

    async notice(client, emailKey, what) {
      const asked = (await loadCounts()).notice(emailKey, what);
      return (await counters.take(client, asked, '', clock.now())).full.length === 0;
    },

    knownKey: (account, ip) => counting((all) => (ip === null ? null : all.knownKey(account, ip))),

    async clear(tx, account, ip) {
      counters.clear(tx, (await loadCounts()).keysAgainst(account, ip));
    },
  };
}
