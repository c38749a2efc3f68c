// Where passwords are hashed: on threads that yield the cores to whatever else wants them. A hash keeps a core for 20 ms;
// at the same priority as the rest, a storm of logins would take a third of their requests from those who are signed in.

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import { type Options } from '@node-rs/argon2';
// Of its types alone: the pool is loaded where it is used.
import type { Piscina } from 'piscina';

import type * as work from './worker.js';

/**
 * What is added to a thread's nice value: of two that want one core, the other then gets three fifths of it. With more, a
 * stop has no time for the sign-ins that it has accepted where other programs keep the machine busy.
 */
const niceness = 2;

/** How long a thread without work is kept, in milliseconds. */
const idleMs = 60_000;

/** Threads that hash. The first use starts them: a node without logins needs none. An idle one holds up no exit. */
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

  /** Ends the threads; what they still do fails. */
  close(): Promise<void>;
}

export function createThreads(): Threads {
  let pool: Promise<Piscina> | undefined;

  const run = async <Name extends keyof typeof work>(
    name: Name,
    task: Parameters<(typeof work)[Name]>[0],
  ): Promise<ReturnType<(typeof work)[Name]>> => {
    const threads = await (pool ??= openPool());
    return threads.run(task, { name }) as Promise<ReturnType<(typeof work)[Name]>>;
  };

  return {
    hash: (password, cost) => run('hash', { password, cost }),
    verify: (stored, password) => run('verify', { stored, password }),
    async close() {
      await (await pool)?.destroy();
    },
  };
}

async function openPool(): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  return new Piscina({
    filename: fileURLToPath(new URL('./worker.js', import.meta.url)),
    minThreads: 0,
    maxThreads: availableParallelism(),
    idleTimeout: idleMs,
    // Neither the secrets of the environment nor what is loaded before the program, such as a tracing SDK, is for them.
    env: {},
    execArgv: [],
    niceIncrement: niceness,
  });
}
