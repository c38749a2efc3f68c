// A transaction that the server undid because of others is run again, once.

import { setTimeout as sleep } from 'node:timers/promises';

import { DatabaseUnavailable, isPassing, isStalePlan } from './errors.js';

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
