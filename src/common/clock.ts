// The one source of time. Domain code is handed a Clock, so that a test can turn it.

/** A source of the present moment, with millisecond precision. */
export interface Clock {
  now(): Date;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => new Date(),
};
