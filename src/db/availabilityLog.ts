// Tells the operator that the database does not serve, and when it does again: once each, however many requests meet
// it. What those are told is SERVICE_UNAVAILABLE, which names no cause.

import { type Log } from '../observability/log.js';

export interface Outage {
  /** A piece of work failed because the database cannot serve. */
  failed(cause: unknown): void;
  /** A piece of work was done. */
  served(): void;
}

/** How long nothing may fail before it counts as over, in milliseconds. */
const calmMs = 5_000;

/**
 * @param description of the database, without credentials
 * @param setting that names it
 */
export function createOutage(
  description: string,
  log: Log,
  setting: 'DATABASE_URL' | 'DATA_DIR' = 'DATABASE_URL',
): Outage {
  let lastFailedAt: number | null = null;
  return {
    failed(err) {
      if (lastFailedAt === null) {
        log.warn({ err }, `${setting}: ${description} does not serve; requests that need it are told so`);
      }
      lastFailedAt = performance.now();
    },
    served() {
      if (lastFailedAt === null || performance.now() - lastFailedAt < calmMs) return;
      lastFailedAt = null;
      log.info(`${description} serves again`);
    },
  };
}
