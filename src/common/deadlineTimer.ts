// One timer for many moments: it goes off at the earliest of them.

import { type Clock } from './clock.js';

export interface DeadlineTimer {
  /** Goes off at this moment, in milliseconds of the clock, unless it does so earlier. */
  noLaterThan(atMs: number): void;
  stop(): void;
}

/** Moments close together share one going off; and a clock that stands still makes no busy loop. */
const leastWaitMs = 20;

/** Node's timers take no more than 24 days; a clock that is set forward is noticed within this time. */
const maxWaitMs = 600_000;

/**
 * @param goOff what to do when the time has come; it gives the next moment, `Infinity` for none. It may be called
 *   early, and then has nothing to do but that.
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
