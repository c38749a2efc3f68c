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

let pool: Promise<Piscina> | undefined;

/**
 * Hashes a password with a salt of its own.
 *
 * @returns a PHC string
 */
export function hash(password: string, cost: Options): Promise<string> {
  return run('hash', { password, cost });
}

/**
 * Whether the password is the one that was hashed; null where the hash cannot be read.
 *
 * @param stored a PHC string
 */
export function verify(stored: string, password: string): Promise<boolean | null> {
  return run('verify', { stored, password });
}

async function run<Name extends keyof typeof work>(
  name: Name,
  task: Parameters<(typeof work)[Name]>[0],
): Promise<ReturnType<(typeof work)[Name]>> {
  const threads = await (pool ??= openPool());
  return threads.run(task, { name }) as Promise<ReturnType<(typeof work)[Name]>>;
}

/** The process's own, made at the first use: a node without logins needs no thread. One that is idle holds up no exit. */
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
