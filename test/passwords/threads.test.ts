import { readdirSync, readFileSync } from 'node:fs';

import { afterAll, expect, it } from 'vitest';

import { createThreads } from '../../src/passwords/hasher.js';

const threads = createThreads(1);
const { hash, verify, setCount } = threads;
afterAll(() => threads.close());

const cheap = { memoryCost: 64, timeCost: 1, parallelism: 1 };

it('hashes and checks what the library would', async () => {
  const stored = await hash('correct horse', cheap);
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
  expect(await verify(stored, 'correct horse')).toBe(true);
  expect(await verify(stored, 'wrong horse')).toBe(false);
});

it('says so when a hash cannot be read, and goes on', async () => {
  expect(await verify('$2b$10$abcdefghijklmnopqrstuu', 'correct horse')).toBeNull();
  expect(await hash('correct horse', cheap)).toMatch(/^\$argon2id/);
});

/** Fields after the name, which may hold spaces; the nice value is the 17th of them (proc_pid_stat(5)). */
const niceOf = (thread: string) =>
  Number(
    readFileSync(`/proc/self/task/${thread}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[16],
  );

/** How many threads of this process yield the cores to the others. */
const yielding = () => {
  const main = niceOf(String(process.pid));
  return readdirSync('/proc/self/task').filter((thread) => niceOf(thread) === Math.min(main + 2, 19)).length;
};

it.runIf(process.platform === 'linux')(
  'hashes on as many threads as it is told, and leaves the cores to the other ones',
  async () => {
    const many = () => Promise.all(Array.from({ length: 9 }, () => hash('correct horse', cheap)));
    await many();
    expect(yielding()).toBe(1);
    setCount(3);
    await many();
    expect(yielding()).toBe(3);
  },
);
