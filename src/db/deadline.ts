// Bounds the time of database work, so that a silent database becomes an error instead of a hang. Repeats work once that a
// deadlock or the like has undone. Logs when the database stops serving, and when it serves again.

import { setTimeout as sleep } from 'node:timers/promises';

import pLimit from 'p-limit';

import { DeadlineExceeded } from '../common/errors.js';
import { type Log } from '../observability/log.js';
import { DatabaseUnavailable, isPassing, isStalePlan, isUnavailable } from './errors.js';

/** The longest that one piece of work may take, in milliseconds. */
const timeoutMs = 4_000;

/** The most time that a healthy database takes, in milliseconds: a timeout below it says nothing about the database. */
export const fairMs = 1_000;

/** The expiry of the time in which work runs. */
export interface Expiry {
  /** Tells whether time has run out, and the caller has been refused. */
  expired(): boolean;
  /** Registers the function that is called when time runs out; one at most. */
  onExpired(act: () => void): void;
}

/**
 * Runs work within a time.
 *
 * @param withinMs how long it may take, in milliseconds; where nothing is left, it is not begun
 * @throws {@link DatabaseUnavailable} when time runs out or the database cannot serve; any other error as it is
 */
export async function withTimeout<T>(withinMs: number, work: (expiry: Expiry) => Promise<T>): Promise<T> {
  if (withinMs <= 0) throw new DatabaseUnavailable();
  let expired = false;
  let act: (() => void) | undefined;
  const expiry: Expiry = {
    expired: () => expired,
    onExpired: (given) => {
      act = given;
    },
  };
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      expired = true;
      reject(new DatabaseUnavailable());
      act?.();
    }, withinMs);
  });
  try {
    return await Promise.race([work(expiry), bound]);
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable) && isUnavailable(error)) throw new DatabaseUnavailable(error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a step with the time that it may take, in milliseconds. */
export type Allowance = <T>(step: (withinMs: number) => Promise<T>) => Promise<T>;

/** Allows every step its own {@link timeoutMs}. */
export const eachStep: Allowance = (step) => step(timeoutMs);

/** How many steps of one request run at once: a document with many fields must not take every connection. */
const maxStepsAtOnce = 2;

/**
 * Allows several steps a time in all. Only the time of the steps counts: a request that waits for its password to be hashed
 * has lost nothing of it. A step fails with {@link DeadlineExceeded} once it is spent.
 */
export function sharedTime(totalMs: number): Allowance {
  let leftMs = totalMs;
  const limit = pLimit(maxStepsAtOnce);
  return (step) =>
    limit(async () => {
      const begun = performance.now();
      const allowedMs = Math.min(timeoutMs, leftMs);
      try {
        return await step(allowedMs);
      } catch (error) {
        throw error instanceof DatabaseUnavailable && allowedMs < fairMs
          ? new DeadlineExceeded(error)
          : error;
      } finally {
        leftMs -= performance.now() - begun;
      }
    });
}

/**
 * Runs work, and runs it again where a deadlock, a serialization failure or a prepared statement that no longer fits
 * undid all of it.
 *
 * @throws {@link DatabaseUnavailable} when it is undone twice; any other error as it is
 */
export async function retryOnce<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isPassing(error)) throw error;
    // The transaction that won must take its locks first: run at once, the loser would take them again and lose again.
    if (!isStalePlan(error)) await sleep(50 + Math.random() * 50);
  }
  try {
    return await work();
  } catch (error) {
    throw isPassing(error) ? new DatabaseUnavailable(error) : error;
  }
}

export interface Outage {
  /** A piece of work failed because the database cannot serve. */
  failed(cause: unknown): void;
  /** A piece of work was done. */
  served(): void;
}

/** An outage counts as over once nothing has failed for so long, in milliseconds. */
const calmMs = 5_000;

/**
 * Makes the log of a database's outages: one line when it stops serving, and one when it serves again.
 *
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
        log.warn(
          { err },
          `${setting}: ${description} does not serve; requests that need it fail with SERVICE_UNAVAILABLE`,
        );
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
