// Hashes passwords with argon2id and checks them. A hash takes memory and a whole core for 20 ms by design, so the number of
// running and waiting hashes is bounded, and the hasher refuses what goes beyond. Hashes run on threads that yield the cores:
// at the same priority, a storm of logins would take a third of their requests from those who are signed in.

import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

import { type Options, parseOptions } from '@node-rs/argon2';
// Of its types alone: the pool is loaded where it is used.
import type { Piscina } from 'piscina';

import { ServiceUnavailableError } from '../common/errors.js';
import { createFairLimit } from '../common/fairQueue.js';
import { type Metrics, noMetrics } from '../observability/metrics.js';
import { traced } from '../observability/tracing.js';
import type * as work from './worker.js';

/** Too many passwords wait to be hashed, or this one has waited too long. */
export class HasherBusy extends ServiceUnavailableError {
  override readonly name = 'HasherBusy';

  constructor() {
    super('Too many passwords wait to be hashed.');
  }
}

/** The cost of a hash (RFC 9106, section 3.1). */
export interface HashParameters {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** What OWASP's password storage cheat sheet asks of argon2id at least. */
export const owaspParameters: HashParameters = { memoryKib: 19_456, passes: 2, lanes: 1 };

/**
 * Threads that hash, each one password after the other. The first use starts them: a node without logins needs none. An idle
 * one holds up no exit.
 */
export interface Threads {
  /**
   * Hashes a password with a salt of its own.
   *
   * @returns a PHC string
   */
  hash(password: string, cost: Options): Promise<string>;

  /**
   * Whether the password is the one that was hashed; null where the hash cannot be read.
   *
   * @param stored a PHC string
   */
  verify(stored: string, password: string): Promise<boolean | null>;

  /** Hashes on as many other threads from now on, which do not yield the cores. */
  stopYielding(count: number): void;

  /** Ends the threads; what they still do fails. */
  close(): Promise<void>;
}

/** What one hash costs, and where it is computed. */
export interface Hashing {
  /** Left out, what OWASP asks for. */
  readonly parameters?: HashParameters;
  /** Left out, the hasher has threads of its own. */
  readonly threads?: Threads;
}

export interface HasherSettings extends Hashing {
  /** How many hashes may be computed at once. */
  readonly concurrency: number;
  /** How many may wait for their turn, at a thread or in front of them all. */
  readonly maxQueued: number;
  /** How long one may wait for its turn, in milliseconds. */
  readonly maxWaitMs?: number;
  /** Left out, nothing is counted. */
  readonly metrics?: Metrics;
}

export interface Hasher {
  /**
   * Hashes a password with a salt of its own.
   *
   * @returns a PHC string: `$argon2id$v=19$m=...,t=...,p=...$salt$digest`
   * @throws HasherBusy when too many wait
   */
  hash(password: string): Promise<string>;

  /**
   * Checks a password against a stored hash. Where there is none, or it cannot be read, nothing matches, and it
   * costs as much: that no such account exists does not show in the time.
   *
   * @param stored a PHC string, or null where there is no account
   * @returns `needsRehash` where the password matches a hash with other parameters than today's
   * @throws HasherBusy when too many wait
   */
  verify(
    password: string,
    stored: string | null,
  ): Promise<{ readonly matches: boolean; readonly needsRehash: boolean }>;

  /**
   * The same hasher for one requester, such as a network. Requesters are served in turn, so that a flood from one
   * delays the others little.
   *
   * @param isAbandoned whether the client has gone: what waits for its turn is then not begun
   */
  forRequester(requester: string, isAbandoned?: () => boolean): Hasher;

  /** How many are being computed, and how many wait. */
  pending(): { readonly active: number; readonly queued: number };

  /** Hashes on every core from now on: a stopping node has no other requests to keep quick. */
  useAllCores(): void;

  /** Lets what is being hashed finish, then ends the threads; from the call on nothing more is taken. */
  close(): Promise<void>;
}

/** A client that waits for longer has given up, or is better refused. */
const defaultMaxWaitMs = 4_000;

/** The share of the time in which the event loop works, above which the main thread counts as busy. */
const busyUtilization = 0.8;

/** How long that is measured at least, in milliseconds. */
const adaptMs = 100;

/** No hash of ours costs more; one that says so is corrupt, and would take the machine's memory or the day. */
const costliest: HashParameters = { memoryKib: 1_048_576, passes: 64, lanes: 64 };

export function createHasher({
  concurrency,
  maxQueued,
  maxWaitMs = defaultMaxWaitMs,
  parameters = owaspParameters,
  metrics = noMetrics,
  threads = createThreads(concurrency),
}: HasherSettings): Hasher {
  const { memoryKib, passes, lanes } = parameters;
  const prefix = `$argon2id$v=19$m=${String(memoryKib)},t=${String(passes)},p=${String(lanes)}$`;
  // Dummy hash: verifying against it costs the same, so timing does not reveal unknown accounts.
  const dummyHash = `${prefix}${randomBase64(16)}$${randomBase64(32)}`;
  const limit = createFairLimit({ concurrency, maxQueued, maxWaitMs, refusal: () => new HasherBusy() });

  const running = new Set<Promise<unknown>>();
  let hashing = concurrency;
  let isClosing = false;

  // While a thread hashes, its next password waits at it already: a thread that had to ask the main thread for it stood still
  // for some 1 ms after each. No more than one, since what is at a thread has had its turn; and none while the main thread
  // is busy, whose other requests need the cores more.
  let loop = performance.eventLoopUtilization();
  const resize = (isBusy: boolean) => {
    const ahead = isBusy ? 0 : Math.min(hashing, maxQueued);
    limit.resize(hashing + ahead, maxQueued - ahead);
  };
  const adapt = () => {
    const { active, idle, utilization } = performance.eventLoopUtilization(loop);
    if (active + idle < adaptMs) return;
    loop = performance.eventLoopUtilization();
    resize(utilization > busyUtilization);
  };
  resize(false);

  const inTurn = async <T>(
    requester: string,
    isAbandoned: (() => boolean) | undefined,
    work: () => Promise<T>,
  ): Promise<T> => {
    if (isClosing) throw new HasherBusy();
    adapt();
    const startedAt = performance.now();
    const done = traced('password.hash', () => limit.run(requester, work, isAbandoned));
    running.add(done);
    const result = await done.finally(() => {
      running.delete(done);
    });
    metrics.observe('hash_seconds', (performance.now() - startedAt) / 1_000, {});
    return result;
  };

  const matches = async (password: string, stored: string | null): Promise<boolean> => {
    const matched = stored !== null && isAffordable(stored) ? await threads.verify(stored, password) : null;
    if (matched !== null) return matched;
    // It is no PHC string of argon2: the same as none.
    await threads.verify(dummyHash, password);
    return false;
  };

  const forRequester = (requester: string, isAbandoned?: () => boolean): Hasher => ({
    hash: (password) =>
      // argon2id is what the library makes unless told otherwise.
      inTurn(requester, isAbandoned, () =>
        threads.hash(password, { memoryCost: memoryKib, timeCost: passes, parallelism: lanes }),
      ),

    async verify(password, stored) {
      const matched = await inTurn(requester, isAbandoned, () => matches(password, stored));
      return { matches: matched, needsRehash: matched && stored?.startsWith(prefix) !== true };
    },

    forRequester,

    pending() {
      const { active: begun, queued } = limit.counts();
      const active = Math.min(begun, hashing);
      return { active, queued: queued + begun - active };
    },

    useAllCores() {
      hashing = Math.max(concurrency, availableParallelism());
      threads.stopYielding(hashing);
      resize(false);
    },

    async close() {
      isClosing = true;
      await Promise.allSettled(running);
      await threads.close();
    },
  });

  return forRequester('');
}

/**
 * What is added to a thread's nice value: of two that want one core, the other then gets seven tenths of it. In a storm of
 * logins a thread never waits for its next password, and with less it takes from `me` what it then gets more of. Where other
 * programs keep the machine busy, a stop would have no time for the sign-ins that it has accepted: its threads do not yield.
 */
const niceness = 4;

/** How long a thread without work is kept, in milliseconds. */
const idleMs = 60_000;

interface Thread {
  readonly niceness: number;
  /** A pool of this one thread, once it was used. */
  pool: Promise<Piscina> | null;
  /** Passwords that it has been given and not answered. */
  pending: number;
}

/** @param count how many there are until {@link Threads.stopYielding} is called */
export function createThreads(count: number): Threads {
  const make = (howMany: number, nice: number) =>
    Array.from({ length: howMany }, (): Thread => ({ niceness: nice, pool: null, pending: 0 }));
  const all = make(count, niceness);
  let threads = all.slice();

  const run = async <Name extends keyof typeof work>(
    name: Name,
    task: Parameters<(typeof work)[Name]>[0],
  ): Promise<ReturnType<(typeof work)[Name]>> => {
    const thread = threads.reduce((least, one) => (one.pending < least.pending ? one : least));
    thread.pending += 1;
    try {
      const pool = await (thread.pool ??= openPool(thread.niceness));
      return (await pool.run(task, { name })) as ReturnType<(typeof work)[Name]>;
    } finally {
      thread.pending -= 1;
    }
  };

  return {
    hash: (password, cost) => run('hash', { password, cost }),
    verify: (stored, password) => run('verify', { stored, password }),
    stopYielding(others) {
      threads = make(others, 0);
      all.push(...threads);
    },
    async close() {
      await Promise.all(all.map(async ({ pool }) => (await pool)?.destroy()));
    },
  };
}

async function openPool(niceIncrement: number): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  return new Piscina({
    filename: fileURLToPath(new URL('./worker.js', import.meta.url)),
    minThreads: 0,
    maxThreads: 1,
    // All that it is given waits at the thread, not at the pool. Without `disabled` it answers a password only when it has hashed
    // those that came with it.
    concurrentTasksPerWorker: Number.MAX_SAFE_INTEGER,
    atomics: 'disabled',
    idleTimeout: idleMs,
    // Neither the secrets of the environment nor what is loaded before the program, such as a tracing SDK, is for them.
    env: {},
    execArgv: [],
    niceIncrement,
  });
}

function isAffordable(stored: string): boolean {
  try {
    const { memoryCost, timeCost, parallelism } = parseOptions(stored);
    return (
      memoryCost <= costliest.memoryKib && timeCost <= costliest.passes && parallelism <= costliest.lanes
    );
  } catch {
    return false;
  }
}

/** Without padding, as PHC strings have it. */
function randomBase64(bytes: number): string {
  return randomBytes(bytes).toString('base64').replaceAll('=', '');
}
