// The clock that follows the database's time, tested without a database.

import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { createRunningClock } from '../../src/common/clock.js';
import { createDatabaseClock, createEmbeddedClock } from '../../src/db/clock.js';
import { createLog, type Log } from '../../src/observability/log.js';

const yearMs = 365 * 86_400_000;

afterEach(() => {
  vi.useRealTimers();
});

/** A log that keeps the seconds of its warnings. */
function keepingLog(): { readonly log: Log; readonly warned: number[] } {
  const warned: number[] = [];
  const log = createLog('silent', false);
  log.warn = (...[line]) => {
    warned.push(Math.round((line as { aheadSeconds: number }).aheadSeconds));
  };
  return { log, warned };
}

/** A database whose clock is ahead of this machine's, and that answers after `waitsMs` in turn. */
function databaseAhead(initialMs: number) {
  const server = { aheadMs: initialMs, waitsMs: [0], asked: 0 };
  const read = async () => {
    const waitMs = server.waitsMs[server.asked % server.waitsMs.length] ?? 0;
    server.asked += 1;
    if (waitMs > 0) await pause(waitMs / 2);
    const ms = Date.now() + server.aheadMs;
    if (waitMs > 0) await pause(waitMs / 2);
    return ms;
  };
  return { server, ask: (work: (readMs: () => Promise<number>) => Promise<void>) => work(read) };
}

describe('the database clock', () => {
  it('is set by the first measurement, with an error of at most half of the shortest round trip', async () => {
    const { server, ask } = databaseAhead(yearMs);
    server.waitsMs = [200, 3, 200];
    const clock = createDatabaseClock(ask, keepingLog().log);
    expect([clock.isSet(), clock.offset()]).toEqual([false, null]);
    await clock.measure();
    const errorMs = clock.offset()?.errorMs ?? Infinity;
    expect(clock.isSet()).toBe(true);
    expect(errorMs).toBeLessThan(95);
    expect(Math.abs(clock.now().getTime() - Date.now() - yearMs)).toBeLessThanOrEqual(errorMs + 1);
    clock.stop();
  });

  it('does not follow a jump of the wall clock, and reports a difference once', async () => {
    const { server, ask } = databaseAhead(0);
    const { log, warned } = keepingLog();
    const clock = createDatabaseClock(ask, log);
    await clock.measure();
    expect(warned).toEqual([]);
    const before = clock.now().getTime();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + yearMs });
    expect(clock.now().getTime() - before).toBeLessThan(5_000);
    server.aheadMs = -yearMs;
    await clock.measure();
    await clock.measure();
    expect(clock.now().getTime() - before).toBeLessThan(5_000);
    expect(warned).toEqual([yearMs / 1_000]);
    clock.stop();
  });

  it('keeps a precise measurement that a less precise one confirms, and follows a database whose time changes', async () => {
    const { server, ask } = databaseAhead(0);
    const clock = createDatabaseClock(ask, keepingLog().log);
    await clock.measure();
    const { errorMs = Infinity } = clock.offset() ?? {};
    server.waitsMs = [40];
    await clock.measure();
    expect(clock.offset()?.errorMs).toBeLessThan(Math.max(20, errorMs + 1));
    server.aheadMs = -5_000;
    await clock.measure();
    expect(Math.abs(clock.now().getTime() - Date.now() + 5_000)).toBeLessThan(100);
    clock.stop();
  });

  it('reports the shortest round trip, also an old one on a machine that is busy since', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'Date'] });
    const server = { aheadMs: 0, waitsMs: 1 };
    const read = () => {
      vi.advanceTimersByTime(server.waitsMs);
      return Promise.resolve(Date.now() + server.aheadMs);
    };
    const clock = createDatabaseClock((work) => work(read), keepingLog().log);
    await clock.measure();
    vi.advanceTimersByTime(200_000);
    server.waitsMs = 30;
    await clock.measure();
    expect(clock.offset()?.errorMs).toBeCloseTo(15, 1);
    expect(clock.offset()?.roundTripMs).toBeCloseTo(1);
    server.aheadMs = 5_000;
    await clock.measure();
    expect(clock.offset()?.roundTripMs).toBeCloseTo(30);
    clock.stop();
  });

  it('keeps running while the database does not answer', async () => {
    const { ask } = databaseAhead(0);
    let isAway = false;
    const clock = createDatabaseClock(
      (work) => (isAway ? Promise.reject(new Error('away')) : ask(work)),
      keepingLog().log,
    );
    await clock.measure();
    isAway = true;
    await expect(clock.measure()).rejects.toThrow('away');
    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(100);
    clock.stop();
  });
});

describe('a running clock', () => {
  it('stops when it is set back by 0.5 s, and goes back when it is set back by 100 s', () => {
    const clock = createRunningClock();
    clock.setStart(1_000_000);
    const before = clock.now();
    clock.setStart(999_500);
    expect(clock.now()).toEqual(before);
    clock.setStart(900_000);
    expect(clock.now().getTime()).toBeLessThan(950_000);
    clock.stop();
  });

  it('counts the time of a suspended machine', async () => {
    let suspendedSeconds = 0;
    const beganAtMs = performance.now();
    const clock = createRunningClock(() => (performance.now() - beganAtMs) / 1_000 + suspendedSeconds);
    const before = clock.now().getTime();
    suspendedSeconds = 3_600;
    await expect.poll(() => clock.now().getTime() - before, { timeout: 5_000 }).toBeGreaterThan(3_599_000);
    expect(clock.now().getTime() - before).toBeLessThan(3_610_000);
    clock.stop();
  });
});

describe("the embedded database's clock", () => {
  it('does not follow a jump of the wall clock, and reports it once', async () => {
    const { log, warned } = keepingLog();
    const clock = createEmbeddedClock(log);
    const before = clock.now().getTime();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + yearMs });
    await clock.measure();
    await clock.measure();
    expect(clock.now().getTime() - before).toBeLessThan(5_000);
    expect(warned).toEqual([yearMs / 1_000]);
    clock.stop();
  });
});
