// Hashes passwords with argon2id and checks them. A hash takes memory and a whole core for 20 ms by design, so the number of
// running and waiting hashes is bounded, and the hasher refuses what goes beyond. Hashes run on threads that yield the cores:
// at the same priority, a storm of logins would cost users who are signed in a third of their requests.

import { randomBytes } from 'node:crypto';
import { availableParallelism, totalmem } from 'node:os';

import { parseOptions } from '@node-rs/argon2';

import { ServiceUnavailableError } from '../common/errors.js';
import { type Metrics, noMetrics } from '../observability/metrics.js';
import { traced } from '../observability/tracing.js';
import { createThreads, createTurns, type Threads } from './pool.js';

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

/** The least cost of argon2id by OWASP's password storage cheat sheet. */
export const owaspParameters: HashParameters = { memoryKib: 19_456, passes: 2, lanes: 1 };

/** How much memory one hash of {@link owaspParameters} takes, in bytes: 19 MiB and what surrounds it. */
const hashBytes = 20 * 1_048_576;

/** The share of the memory that the process may have which hashes may take. */
const hashMemoryShare = 0.25;

const maxDefaultConcurrency = 8;

/**
 * Returns how many hashes a node computes at once where no setting says so. One core is left to everything else, so that
 * sign-ins never starve the requests of users who are signed in. Memory bounds it as well, and does not grow with the host's
 * cores: a container counts all of them and gets little memory.
 */
export function defaultHashConcurrency(): number {
  // 0 or more than the machine has where no limit is set.
  const constrained = process.constrainedMemory();
  const bytes = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  const byMemory = Math.floor((bytes * hashMemoryShare) / hashBytes);
  return Math.max(1, Math.min(availableParallelism() - 1, byMemory, maxDefaultConcurrency));
}

/** The cost of one hash, and the threads that compute it. */
export interface Hashing {
  /** Left out, {@link owaspParameters}. */
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
  const turns = createTurns({ concurrency, maxQueued, maxWaitMs, refusal: () => new HasherBusy() });
  const running = new Set<Promise<unknown>>();
  let isClosing = false;

  const inTurn = async <T>(
    requester: string,
    isAbandoned: (() => boolean) | undefined,
    work: () => Promise<T>,
  ): Promise<T> => {
    if (isClosing) throw new HasherBusy();
    const startedAt = performance.now();
    const done = traced('password.hash', () => turns.run(requester, work, isAbandoned));
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

    pending: turns.pending,

    useAllCores() {
      const count = Math.max(concurrency, availableParallelism());
      threads.stopYielding(count);
      turns.setThreads(count);
    },

    async close() {
      isClosing = true;
      await Promise.allSettled(running);
      await threads.close();
    },
  });

  return forRequester('');
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

/** Makes random base64 without padding, as PHC strings have it. */
function randomBase64(bytes: number): string {
  return randomBytes(bytes).toString('base64').replaceAll('=', '');
}
