// A clock that stands still until a test turns it.

import { type Clock } from '../../src/common/clock.js';

export interface TestClock extends Clock {
  /** Moves it on, or back with a negative number. */
  turn(milliseconds: number): void;
}

/** @param start its time until the first turn */
export function createTestClock(start = new Date('2026-01-31T09:30:00.000Z')): TestClock {
  let time = start.getTime();
  return {
    now: () => new Date(time),
    turn(milliseconds) {
      time += milliseconds;
    },
  };
}
