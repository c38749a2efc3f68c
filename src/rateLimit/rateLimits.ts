// What is counted, for whom, and how much of it is allowed: the one place where the limits' names and windows are.

import { createHmac, type KeyObject } from 'node:crypto';

import { type Background } from '../common/backgroundTasks.js';
import { type Clock } from '../common/clock.js';
import { ServiceUnavailableError } from '../common/errors.js';
import { networkOf, networksOf } from '../common/networks.js';
import { type Log } from '../observability/log.js';
import {
  type CountedAttempt,
  createGates,
  createReserve,
  type Limited,
  limited,
  type Reservation,
  type Reserved,
} from './reservations.js';
import {
  type Count,
  createCounters,
  type CounterStore,
  type CounterTables,
  type Executor,
  type TransactionExecutor,
  LimiterUnavailable,
} from './counters.js';

/** How many are allowed in a window, for each window's name. */
export interface RateLimitSettings {
  /** Wrong guesses for an account from an IP. */
  readonly guessesPerMinute: number;
  /** Right passwords for an account from everywhere. Changes of its factors that can be repeated have a count of their own, as large. */
  readonly accountSignInsPerHour: number;
  /** Wrong guesses of the account's password by one of its sessions. */
  readonly sessionGuessesPerHour: number;
  /** Wrong guesses for an account from everywhere. */
  readonly accountGuessesPerHour: number;
  /**
   * Wrong guesses from an IP over all accounts. Emailed links, passkeys, and new passwords that are looked up among the
   * breached ones each have a count of their own, as large.
   */
  readonly ipGuessesPerHour: number;
  readonly ipRegistrationsPerHour: number;
  /** Challenges that no account is named for: pages begin one whenever they are opened. */
  readonly ipChallengesPerHour: number;
  /** Tickets that an account's own clients mint. */
  readonly accountTicketsPerHour: number;
  readonly ipMailsPerHour: number;
  /** Of those that were asked for, and of notices of one kind. */
  readonly recipientMailsPerHour: number;
}

/** Whose password is guessed, and from where. */
export interface AccountGuess {
  /** The key of the account's email, whether or not there is such an account. */
  readonly account: string;
  readonly ip: string | null;
  /** The session that asks; null where no user is signed in yet. */
  readonly sessionId: string | null;
}

/** A mail that is asked for. */
export interface MailRequest {
  readonly ip: string | null;
  /** The key of the email that it goes to, whether or not that has an account. */
  readonly recipient: string;
  readonly kind: string;
}

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

/** How many times the limit of its narrowest network a wider one has: fewer customers share it than it has networks. */
const widening = [1, 2, 4] as const;

const minute = 60;
const hour = 3_600;

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

export function createRateLimits(most: RateLimitSettings, parts: RateLimitParts): RateLimits {
  const { tables, store: ownStore, clock, background, log } = parts;
  const counters = createCounters(tables);
  const gates = createGates(maxWaiting);
  const reserve = createReserve({ counters, gates, background, clock, store: ownStore });

  const keyOf = (key: KeyObject, name: string, subject: readonly string[]) => {
    const digest = createHmac('sha256', key).update(JSON.stringify(['rate limits', name, ...subject]));
    return `${name}:${digest.digest('base64url').slice(0, 22)}`;
  };

  /** Makes counts; the key is read from the database at the first use. */
  const counting = async () => {
    const key = await parts.key();
    const count = (
      name: string,
      subject: readonly string[],
      limit: number,
      seconds: number,
      mode: Count['mode'] = 'take',
    ): Count => ({ key: keyOf(key, name, subject), most: limit, seconds, mode });
    /** One count for each network of an IP. */
    const ofNetworks = (name: string, ip: string | null, limit: number) =>
      networksOf(ip).map((network, width) => count(name, [network], limit * (widening[width] ?? 1), hour));
    return { key, count, ofNetworks };
  };

  /** What a wrong code of a second factor counts as. */
  const codeCounts = async (account: string, ip: string | null, mode: Count['mode']) => {
    const { count } = await counting();
    return {
      ofNetwork: count('code', [account, networkOf(ip)], most.guessesPerMinute, minute, mode),
      ofAccount: count('codes', [account], most.accountGuessesPerHour, hour, mode),
    };
  };

  /** Counts what is done rather than guessed: nothing of it is given back. */
  const add = async (store: CounterStore, counts: readonly Count[]): Promise<Limited | null> => {
    const { full } = await store.read((db) => counters.take(db, counts, '', clock.now()));
    return full.length > 0 ? limited(full) : null;
  };

  /** Logs why attempts cannot be counted. An outage of the database is logged where it is found. */
  const withErrorLog = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      const error = thrown instanceof LimiterUnavailable ? thrown : new LimiterUnavailable(thrown);
      const { cause } = error;
      if (cause !== undefined && !(cause instanceof ServiceUnavailableError)) {
        log.error({ err: cause }, 'attempts cannot be counted, and are refused');
      }
      throw error;
    }
  };

  /** Counts the use of what is no account's until it has been checked. */
  const reserveByIp = async <Db extends Executor, T>(
    name: string,
    store: CounterStore<Db>,
    ip: string | null,
    read: (db: Db) => Promise<T>,
  ) =>
    withErrorLog(async () => {
      const { ofNetworks } = await counting();
      const counts = ofNetworks(name, ip, most.ipGuessesPerHour);
      const requester = { network: networkOf(ip), isKnown: () => Promise.resolve(false) };
      return reserve(store, { counts, successes: [], knownKey: '', requester }, read);
    });

  return {
    reserveGuess: (store, { account, ip, sessionId }, read) =>
      withErrorLog(async () => {
        const { key, count, ofNetworks } = await counting();
        const network = networkOf(ip);
        const knownKey = keyOf(key, 'known', [account, network]);
        const attempt: CountedAttempt = {
          counts: [
            count('guess', [account, network], most.guessesPerMinute, minute),
            ...(sessionId === null ? [] : [count('session', [sessionId], most.sessionGuessesPerHour, hour)]),
            ...ofNetworks('network', ip, most.ipGuessesPerHour),
            count('account', [account], most.accountGuessesPerHour, hour, 'offer'),
          ],
          successes: [count('success', [account], most.accountSignInsPerHour, hour)],
          knownKey,
          requester: { network, isKnown: () => counters.isKnown(ownStore, knownKey) },
        };
        return reserve(store, attempt, read);
      }),

    reserveLink: (store, ip, read) => reserveByIp('link', store, ip, read),

    reservePasskey: (store, ip, read) => reserveByIp('passkey', store, ip, read),

    wrongServiceKey: (store, ip) =>
      withErrorLog(async () => {
        const { ofNetworks } = await counting();
        return add(store, ofNetworks('serviceKey', ip, most.ipGuessesPerHour));
      }),

    checkCodeLimit: (client, account, ip) =>
      withErrorLog(async () => {
        const { key } = await counting();
        const { ofNetwork, ofAccount } = await codeCounts(account, ip, 'check');
        const knownKey = keyOf(key, 'known', [account, networkOf(ip)]);
        const { full, isKnown } = await counters.take(client, [ofNetwork, ofAccount], knownKey, clock.now());
        const binding = full.filter(({ count }) => !isKnown || count.key !== ofAccount.key);
        return binding.length > 0 ? limited(binding) : null;
      }),

    wrongCode: (client, account, ip) =>
      withErrorLog(async () => {
        const { ofNetwork, ofAccount } = await codeCounts(account, ip, 'offer');
        await counters.take(client, [ofNetwork, ofAccount], '', clock.now());
      }),

    registration: (store, ip) =>
      withErrorLog(async () => {
        const { ofNetworks } = await counting();
        return add(store, ofNetworks('registration', ip, most.ipRegistrationsPerHour));
      }),

    change: (store, userId) =>
      withErrorLog(async () => {
        const { count } = await counting();
        return add(store, [count('change', [userId], most.accountSignInsPerHour, hour)]);
      }),

    breachCheck: (store, ip) =>
      withErrorLog(async () => {
        const { ofNetworks } = await counting();
        return add(store, ofNetworks('breachCheck', ip, most.ipGuessesPerHour));
      }),

    challenge: (store, ip) =>
      withErrorLog(async () => {
        const { ofNetworks } = await counting();
        return add(store, ofNetworks('challenge', ip, most.ipChallengesPerHour));
      }),

    ticket: (store, userId) =>
      withErrorLog(async () => {
        const { count } = await counting();
        return add(store, [count('ticket', [userId], most.accountTicketsPerHour, hour)]);
      }),

    mail: (store, { ip, recipient, kind }) =>
      withErrorLog(async () => {
        const { count, ofNetworks } = await counting();
        return add(store, [
          ...ofNetworks('mail', ip, most.ipMailsPerHour),
          count('asked', [recipient, kind, networkOf(ip)], most.recipientMailsPerHour, hour),
        ]);
      }),

    async sent(client, recipient, kind, knownKey = null) {
      const { count } = await counting();
      const countOf = (subject: readonly string[], mode: Count['mode']) =>
        count('sent', subject, most.recipientMailsPerHour, hour, mode);
      const counts =
        knownKey === null
          ? [countOf([recipient, kind], 'take')]
          : [countOf([recipient, kind], 'offer'), countOf([recipient, kind, knownKey], 'take')];
      const { full, exhausted, isKnown } = await counters.take(client, counts, knownKey ?? '', clock.now());
      return full.length === 0 && (exhausted.length === 0 || isKnown);
    },

    async notice(client, emailKey, what) {
      const { count } = await counting();
      const counts = [count('notice', [emailKey, what], most.recipientMailsPerHour, hour)];
      return (await counters.take(client, counts, '', clock.now())).full.length === 0;
    },

    knownKey: (account, ip) =>
      withErrorLog(async () =>
        ip === null ? null : keyOf(await parts.key(), 'known', [account, networkOf(ip)]),
      ),

    async clear(tx, account, ip) {
      const { key } = await counting();
      counters.clear(tx, [
        keyOf(key, 'account', [account]),
        keyOf(key, 'success', [account]),
        keyOf(key, 'guess', [account, networkOf(ip)]),
        keyOf(key, 'codes', [account]),
        keyOf(key, 'code', [account, networkOf(ip)]),
        ...['resetPassword', 'verifyEmail', 'registration', 'completeRegistration', 'loginCode'].flatMap(
          (kind) => [
            keyOf(key, 'sent', [account, kind]),
            keyOf(key, 'asked', [account, kind, networkOf(ip)]),
          ],
        ),
      ]);
    },
  };
}
