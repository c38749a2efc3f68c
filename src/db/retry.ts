// A transaction that the server undid because of others is run again, once.

import { DatabaseUnavailable, isPassing } from './errors.js';

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
  }
  try {
    return await work();
  } catch (error) {
    throw isPassing(error) ? new DatabaseUnavailable(error) : error;
  }
}
