/** Attempts cannot be counted, or too many wait for their turn: none is let through uncounted. */
export class LimiterUnavailable extends Error {
  override readonly name = 'LimiterUnavailable';

  constructor(cause?: unknown) {
    super('Attempts cannot be counted.', { cause });
  }
}
