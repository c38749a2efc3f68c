// The one source of time, and a timer that fires by it. Domain code is handed a Clock, so that a test can turn it.

import { uptime } from 'node:os';

/** A source of the present moment, with millisecond precision. */
export interface Clock {
  now(): Date;
}

/** The machine's wall clock. It may be wrong, and be set at any moment: nothing is decided by it. */
export const systemClock: Clock = {
  now: () => new Date(),
};

/** Returns the time that was so many days of 24 hours earlier. */
export function daysBefore(time: Date, days: number): Date {
  return new Date(time.getTime() - days * 86_400_000);
}

/**
 * A clock that is set to a time and runs on by itself. A change of the machine's wall clock does not move it.
 */
export interface RunningClock extends Clock {
  /** Returns the milliseconds since some moment, the time in which the machine was suspended included. */
  elapsedMs(): number;
  /** Sets it to what the time was when {@link RunningClock.elapsedMs} was 0, in milliseconds since 1970. */
  setStart(startMs: number): void;
  /** Returns how far the machine's wall clock is ahead of it, in milliseconds; negative where it is behind. */
  wallAheadMs(): number;
  /** Ends the looking for suspensions. */
  stop(): void;
}

/** The time between two looks for a suspension of the machine, and the shortest suspension, in milliseconds. */
const suspensionWatchMs = 1_000;
const leastSuspensionMs = 2_000;

/** Set back by up to this, in milliseconds, it stands still for as long instead: no two moments change their order. */
const maxStandstillMs = 1_000;

/**
 * Makes a clock that is set to the machine's wall clock at first.
 *
 * @param uptimeSeconds counts on while the machine is suspended, which the process's own timer does not everywhere
 */
export function createRunningClock(uptimeSeconds = uptime): RunningClock {
  const beganAtMs = performance.now();
  const bootedMs = uptimeSeconds() * 1_000;
  let suspendedMs = 0;
  const awakeMs = () => performance.now() - beganAtMs;
  const elapsedMs = () => awakeMs() + suspendedMs;
  const watch = setInterval(() => {
    const missingMs = uptimeSeconds() * 1_000 - bootedMs - awakeMs();
    if (missingMs - suspendedMs >= leastSuspensionMs) suspendedMs = missingMs;
  }, suspensionWatchMs).unref();

  let startMs = Date.now();
  let lastMs = startMs;
  const nowMs = () => {
    const ms = startMs + elapsedMs();
    if (ms >= lastMs || lastMs - ms > maxStandstillMs) lastMs = ms;
    return lastMs;
  };

  return {
    now: () => new Date(nowMs()),
    elapsedMs,
    setStart(ms) {
      startMs = ms;
    },
    wallAheadMs: () => Date.now() - nowMs(),
    stop() {
      clearInterval(watch);
    },
  };
}

/** One timer for many moments: it fires at the earliest of them. */
export interface DeadlineTimer {
  /** Has the timer fire at this moment, in milliseconds of the clock, unless it fires earlier. */
  noLaterThan(atMs: number): void;
  stop(): void;
}

/** Moments that are close together share one firing, and a clock that stands still makes no busy loop. */
const leastWaitMs = 20;

/** Node's timers take no more than 24 days; a clock that is set forward is noticed within this time. */
const maxWaitMs = 600_000;

/**
 * @param goOff called when the time has come; returns the next moment, `Infinity` for none. It may be called early: it then only
 *   returns that moment.
 */
export function createDeadlineTimer(clock: Clock, goOff: (nowMs: number) => number): DeadlineTimer {
  let timer: NodeJS.Timeout | null = null;
  let setForMs = Infinity;
  let stopped = false;

  const set = (atMs: number) => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    setForMs = atMs;
    if (atMs === Infinity || stopped) return;
    const waitMs = Math.min(Math.max(atMs - clock.now().getTime(), leastWaitMs), maxWaitMs);
    timer = setTimeout(() => {
      set(goOff(clock.now().getTime()));
    }, waitMs).unref();
  };

  return {
    noLaterThan(atMs) {
      if (atMs < setForMs) set(atMs);
    },
    stop() {
      stopped = true;
      set(Infinity);
    },
  };
}
