// Only checks one password against one hash again and again, as many at once as Hufu does.

import { availableParallelism } from 'node:os';

import { verify } from '@node-rs/argon2';

import { password } from '../harness/operations.js';

export interface Checks {
  readonly checks: number;
  readonly seconds: number;
  /** The CPU time of all threads, in microseconds. */
  readonly cpuUs: number;
}

const stored = process.env['STORED'] ?? '';
const atOnce = Math.max(1, availableParallelism() - 1);

async function run(durationMs: number): Promise<Checks> {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  let checks = 0;
  const work = async () => {
    while (performance.now() - startedAt < durationMs) {
      if (!(await verify(stored, password))) throw new Error('the password does not match');
      checks += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const { user, system } = process.cpuUsage(before);
  return { checks, seconds: (performance.now() - startedAt) / 1_000, cpuUs: user + system };
}

process.on('message', (durationMs) => {
  void run(Number(durationMs)).then((answer) => process.send?.({ answer }));
});
// Ends with the benchmark, however that ended.
process.on('disconnect', () => process.exit());
