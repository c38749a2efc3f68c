// The threads that hash passwords: their results, and their priority.

import { readdirSync, readFileSync } from 'node:fs';

import { afterAll, expect, it } from 'vitest';

import { createThreads } from '../../src/passwords/pool.js';

const threads = createThreads(1);
const { hash, verify, stopYielding } = threads;
afterAll(() => threads.close());

const cheap = { memoryCost: 64, timeCost: 1, parallelism: 1 };

it('a thread hashes and verifies a password', async () => {
  const stored = await hash('correct horse', cheap);
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
  expect(await verify(stored, 'correct horse')).toBe(true);
  expect(await verify(stored, 'wrong horse')).toBe(false);
});

it('a thread returns null for an unreadable hash, and continues', async () => {
  expect(await verify('$2b$10$abcdefghijklmnopqrstuu', 'correct horse')).toBeNull();
  expect(await hash('correct horse', cheap)).toMatch(/^\$argon2id/);
});

/** Reads the nice value of a thread, the 17th field after its name, which may contain spaces (proc_pid_stat(5)). */
const niceOf = (thread: string) =>
  Number(
    readFileSync(`/proc/self/task/${thread}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[16],
  );

/** Counts the threads of this process, and those with a lower priority. */
const counted = () => {
  const main = niceOf(String(process.pid));
  const all = readdirSync('/proc/self/task').map(niceOf);
  return { all: all.length, yielding: all.filter((nice) => nice === Math.min(main + 4, 19)).length };
};

it.runIf(process.platform === 'linux')(
  'hashing threads run at a lower priority until stopYielding',
  async () => {
    const many = () => Promise.all(Array.from({ length: 9 }, () => hash('correct horse', cheap)));
    await many();
    const one = counted();
    expect(one.yielding).toBe(1);
    stopYielding(3);
    await many();
    // The first thread keeps its priority and gets no more work.
    const four = counted();
    expect(four.yielding).toBe(1);
    expect(four.all).toBeGreaterThanOrEqual(one.all + 3);
  },
);
