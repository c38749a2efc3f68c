// What the hash alone allows: checks one password against one hash again and again, as many at once as the product
// does, and nothing else.

import { availableParallelism } from 'node:os';

import { verify } from '@node-rs/argon2';

import { password } from '../harness/operations.js';

export interface Checks {
  readonly checks: number;
  readonly seconds: number;
  /** On all threads, in microseconds. */
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
// The benchmark is gone, however it ended.
process.on('disconnect', () => process.exit());
