// A clock that runs as the machine's does, and can be moved on.

import { type Clock, systemClock } from '../common/clock.js';

export interface Span {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
}

export interface VirtualClock extends Clock {
  advance(span: Span): void;
}

export function createVirtualClock(): VirtualClock {
  let aheadMs = 0;
  return {
    now: () => new Date(systemClock.now().getTime() + aheadMs),
    advance({ days = 0, hours = 0, minutes = 0, seconds = 0 }) {
      const ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
      if (!(ms >= 0)) throw new RangeError('The clock moves on, not back.');
      aheadMs += ms;
    },
  };
}
