// The threads that hash, and whose turn it is at them. They yield the cores to the main thread until the node stops.

import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

import { type Options } from '@node-rs/argon2';
// Of its types alone: the pool is loaded where it is used.
import type { Piscina } from 'piscina';

import { createFairLimit, type FairLimit, type FairLimitOptions } from '../common/fairQueue.js';
import type * as work from './worker.js';

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

/**
 * The amount that is added to a thread's nice value: where it and the main thread want one core, the main thread gets seven
 * tenths of it. In a storm of logins a thread always has a next password, and with a smaller value `me` loses as much as logins
 * gain. The threads of a stopping node do not yield: where other programs keep the machine busy, the sign-ins that the node has
 * accepted would get no time.
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

/** Creates the threads of a hasher. @param count how many there are until {@link Threads.stopYielding} is called */
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

/** The share of the time in which the event loop works, above which the main thread counts as busy. */
const busyUtilization = 0.8;

/** How long that is measured at least, in milliseconds. */
const adaptMs = 100;

export interface Turns extends Pick<FairLimit, 'run'> {
  /** Gives turns at as many threads from now on. */
  setThreads(count: number): void;
  /** How many passwords are being hashed, and how many wait, at a thread or in front of them all. */
  pending(): { readonly active: number; readonly queued: number };
}

/**
 * Gives requesters their turns at the threads.
 *
 * While a thread hashes, its next password waits at it already: a thread that had to ask the main thread for it stood still
 * for some 1 ms after each. No more than one, since what is at a thread has had its turn; and none while the main thread is
 * busy, whose other requests need the cores more.
 */
export function createTurns(bounds: FairLimitOptions): Turns {
  const { concurrency, maxQueued } = bounds;
  const limit = createFairLimit(bounds);
  let threads = concurrency;
  let measuredFrom = performance.eventLoopUtilization();

  const resize = (isBusy: boolean) => {
    const ahead = isBusy ? 0 : Math.min(threads, maxQueued);
    limit.resize(threads + ahead, maxQueued - ahead);
  };
  const adapt = () => {
    const { active, idle, utilization } = performance.eventLoopUtilization(measuredFrom);
    if (active + idle < adaptMs) return;
    measuredFrom = performance.eventLoopUtilization();
    resize(utilization > busyUtilization);
  };
  resize(false);

  return {
    run(requester, work, isAbandoned) {
      adapt();
      return limit.run(requester, work, isAbandoned);
    },
    setThreads(count) {
      threads = count;
      resize(false);
    },
    pending() {
      const { active: begun, queued } = limit.counts();
      const active = Math.min(begun, threads);
      return { active, queued: queued + begun - active };
    },
  };
}
