import { availableParallelism } from 'node:os';

import { parseOptions } from '@node-rs/argon2';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  createHasher as createHasherOver,
  HasherBusy,
  type HasherSettings,
  owaspParameters,
} from '../../src/passwords/hasher.js';
import { createThreads } from '../../src/passwords/pool.js';

// The real threads, with a count of the running tasks.
const running = { now: 0, most: 0 };
const watched = <Arguments extends unknown[], Result>(work: (...args: Arguments) => Promise<Result>) =>
  vi.fn(async (...args: Arguments) => {
    running.now += 1;
    running.most = Math.max(running.most, running.now);
    try {
      return await work(...args);
    } finally {
      running.now -= 1;
    }
  });
const real = createThreads(2);
const stopYielding = vi.fn(real.stopYielding);
const threads = { hash: watched(real.hash), verify: watched(real.verify), stopYielding, close: real.close };
const createHasher = (settings: HasherSettings) => createHasherOver({ threads, ...settings });

const cheap = { memoryKib: 64, passes: 1, lanes: 1 };
const hasher = createHasher({ concurrency: 2, maxQueued: 100, parameters: cheap });

afterAll(() => real.close());

beforeEach(() => {
  threads.verify.mockClear();
  threads.hash.mockClear();
  running.most = 0;
});

describe('a password hash', () => {
  it('is argon2id with the OWASP parameters, 32 bytes long, with a salt of 16 bytes', async () => {
    const stored = await createHasher({ concurrency: 1, maxQueued: 0 }).hash('correct horse');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(owaspParameters).toEqual({ memoryKib: 19_456, passes: 2, lanes: 1 });
  });

  it('matches only its password', async () => {
    const stored = await hasher.hash('correct horse');
    expect(await hasher.verify('correct horse', stored)).toEqual({ matches: true, needsRehash: false });
    for (const other of ['correct hors', 'correct horse ', 'Correct horse', '', 'correct horse\0']) {
      expect(await hasher.verify(other, stored)).toEqual({ matches: false, needsRehash: false });
    }
  });

  it('distinguishes long passwords by their last character', async () => {
    const long = '🐯'.repeat(127);
    const stored = await hasher.hash(`${long}a`);
    expect((await hasher.verify(`${long}a`, stored)).matches).toBe(true);
    expect((await hasher.verify(`${long}b`, stored)).matches).toBe(false);
  });

  it('has a new salt each time', async () => {
    expect(await hasher.hash('correct horse')).not.toBe(await hasher.hash('correct horse'));
  });

  it('needs a rehash when it matches and has other parameters', async () => {
    for (const other of [{ memoryKib: 128 }, { passes: 2 }, { lanes: 2 }]) {
      const parameters = { ...cheap, ...other };
      const stored = await createHasher({ concurrency: 1, maxQueued: 0, parameters }).hash('correct horse');
      expect(await hasher.verify('correct horse', stored)).toEqual({ matches: true, needsRehash: true });
      expect(await hasher.verify('wrong horse', stored)).toEqual({ matches: false, needsRehash: false });
    }
    const older =
      '$argon2i$v=19$m=64,t=1,p=1$9hITomoLXAcbI5Pv2GkwnA$zUXjpHdmcSZC4obBfBgU051pDsQV0ixSwGks2oaiH50';
    expect(await hasher.verify('correct horse', older)).toEqual({ matches: true, needsRehash: true });
  });
});

describe('the check of a missing or corrupted hash', () => {
  const nothing = { matches: false, needsRehash: false };

  it('does the same work as that of a real hash', async () => {
    const stored = await hasher.hash('correct horse');
    expect(await hasher.verify('correct horse', null)).toEqual(nothing);
    await hasher.verify('wrong horse', stored);

    const [unknown = '', known = ''] = threads.verify.mock.calls.map(([checked]) => checked);
    expect(parseOptions(unknown)).toEqual(parseOptions(known));
    expect(threads.hash).toHaveBeenCalledTimes(1);
    // The library computed the dummy hash, which did not match.
    expect(await threads.verify.mock.results[0]?.value).toBe(false);
  });

  it('waits in the same queue as other work', async () => {
    const single = createHasher({ concurrency: 1, maxQueued: 1, parameters: cheap });
    const calls = [single.verify('a', null), single.verify('b', null)];
    expect(single.pending()).toEqual({ active: 1, queued: 1 });
    await expect(single.verify('c', null)).rejects.toBeInstanceOf(HasherBusy);
    await Promise.all(calls);
  });

  it('does not match or throw for a corrupted hash, and does the same work', async () => {
    const stored = await hasher.hash('correct horse');
    const corrupted = [
      '',
      'x',
      '$2b$10$abcdefghijklmnopqrstuuJ9j8T5H6t7',
      stored.slice(0, -1),
      stored.slice(1),
      stored.slice(0, stored.lastIndexOf('$')),
      `${stored}=`,
      `${stored}\n`,
      `${stored}\0`,
      stored.replace('argon2id', 'argon2'),
      stored.replace('v=19', 'v=99'),
      stored.replace('m=64', 'm=0'),
      stored.replace('m=64', 'm=4294967295'),
      stored.replace('m=64', 'm=1048577'),
      stored.replace('t=1', 't=4294967295'),
      stored.replace('t=1', 't=0'),
      stored.replace('p=1', 'p=0'),
      stored.replace(/\$[^$]*\$([^$]*)$/, '$AA$$$1'),
      'null',
      '\u{d800}',
    ];
    for (const bad of corrupted) {
      threads.verify.mockClear();
      expect(await hasher.verify('correct horse', bad), bad).toEqual(nothing);
      const results = threads.verify.mock.results.map(({ value }) => value as Promise<boolean | null>);
      const outcomes = await Promise.all(results);
      const computed = outcomes.filter((outcome) => outcome !== null);
      expect(computed, bad).toEqual([false]);
      const [last] = threads.verify.mock.lastCall ?? [''];
      // Without its last letter one hash in 16 is valid base64, one byte shorter, and costs the same work.
      const isShort = bad === stored.slice(0, -1) && last === bad;
      const outputLen = isShort ? 31 : 32;
      expect(parseOptions(last)).toEqual({ ...parseOptions(stored), outputLen });
    }
  });
});

describe('the hasher under many passwords', () => {
  it('gives each thread one task to run and one to wait', async () => {
    const stored = await hasher.hash('correct horse');
    const calm = createHasher({ concurrency: 2, maxQueued: 100, parameters: cheap });
    const work = Array.from({ length: 40 }, (_, index) =>
      index % 3 === 0 ? calm.hash('a horse') : calm.verify('a horse', index % 3 === 1 ? stored : null),
    );
    expect(calm.pending()).toEqual({ active: 2, queued: 38 });
    await Promise.all(work);
    expect(running.most).toBe(4);
    expect(calm.pending()).toEqual({ active: 0, queued: 0 });
  });

  it('lets no task wait at a thread while the main thread is busy', async () => {
    const busy = createHasher({ concurrency: 2, maxQueued: 100, parameters: cheap });
    const startedAt = performance.now();
    while (performance.now() - startedAt < 200);
    const work = Array.from({ length: 40 }, () => busy.hash('a horse'));
    expect(busy.pending()).toEqual({ active: 2, queued: 38 });
    await Promise.all(work);
    expect(running.most).toBe(2);
  });

  it('refuses tasks beyond its queue as HasherBusy, and accepts new ones afterwards', async () => {
    const small = createHasher({ concurrency: 2, maxQueued: 3, parameters: cheap });
    const outcomes = await Promise.allSettled(Array.from({ length: 9 }, () => small.hash('a horse')));
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array<string>(5).fill('fulfilled'),
      ...Array<string>(4).fill('rejected'),
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(HasherBusy);
    }
    expect(threads.hash).toHaveBeenCalledTimes(5);
    expect(await small.hash('a horse')).toMatch(/^\$argon2id/);
  });

  it('can have no queue', async () => {
    const none = createHasher({ concurrency: 1, maxQueued: 0, parameters: cheap });
    const first = none.hash('a horse');
    await expect(none.hash('a horse')).rejects.toThrow(HasherBusy);
    expect(await first).toMatch(/^\$argon2id/);
  });

  it('throws when a thread fails, rather than call the password wrong', async () => {
    const stored = await hasher.hash('a horse');
    threads.verify.mockRejectedValueOnce(new Error('the thread is gone'));
    await expect(hasher.verify('a horse', stored)).rejects.toThrow('the thread is gone');
  });

  it('continues after a failure', async () => {
    threads.hash.mockRejectedValueOnce(new Error('out of memory'));
    const small = createHasher({ concurrency: 1, maxQueued: 1, parameters: cheap });
    const [failed, next] = await Promise.allSettled([small.hash('a horse'), small.hash('a horse')]);
    expect([failed.status, next.status]).toEqual(['rejected', 'fulfilled']);
    expect(small.pending()).toEqual({ active: 0, queued: 0 });
  });

  it('uses every core after useAllCores', async () => {
    const single = createHasher({ concurrency: 1, maxQueued: 100, parameters: cheap });
    const cores = availableParallelism();
    const hashes = Array.from({ length: 2 * cores + 2 }, () => single.hash('a password'));
    await vi.waitFor(() => {
      expect(single.pending()).toEqual({ active: 1, queued: 2 * cores + 1 });
    });
    single.useAllCores();
    expect(stopYielding).toHaveBeenLastCalledWith(cores);
    expect(single.pending()).toEqual({ active: cores, queued: cores + 2 });
    running.most = 0;
    expect((await Promise.all(hashes)).length).toBe(2 * cores + 2);
    expect(running.most).toBe(2 * cores);
  });
});
