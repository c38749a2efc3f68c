// Brings the database up when a node starts, or as soon after as it can be reached.

import { setTimeout as pause } from 'node:timers/promises';

import { type Background } from '../common/backgroundTasks.js';
import { type Log } from '../observability/log.js';
import { type Database } from './database.js';
import { DatabaseUnavailable, isRefused, sqlState } from './errors.js';

/** How long to wait before a database that could not be reached is tried again, in milliseconds. */
const pauseMs = 1_000;

/** The server is there, but turns the connection down; waiting does not mend that. */
export class DatabaseRefused extends Error {
  override readonly name = 'DatabaseRefused';

  constructor(description: string, cause: unknown) {
    super(
      `DATABASE_URL: no connection to ${description} can be had (${String(sqlState(cause))}). Check the user, the ` +
        'password, that the database exists, and sslmode with the certificate that it shows.',
      { cause },
    );
  }
}

/**
 * Migrates now, or, while the database cannot be reached, in the background until it can.
 *
 * @param signal ends the attempts when the node stops
 * @throws {@link DatabaseRefused} when the server turns the connection down; any error of a migration itself, or the
 *   signal's reason
 */
export async function startDatabase(
  database: Database,
  background: Background,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  try {
    await database.migrate(signal);
    signal.throwIfAborted();
  } catch (err) {
    signal.throwIfAborted();
    if (isRefused(err)) throw new DatabaseRefused(database.description, err);
    if (!(err instanceof DatabaseUnavailable)) throw err;
    log.warn({ err }, `DATABASE_URL: ${database.description} cannot be reached; trying again until it can`);
    background.run('migrate the database', () => keepTrying(database, log, signal, sqlState(err)));
  }
}

/** @param firstReason why it did not work at first, which the operator has been told */
async function keepTrying(
  database: Database,
  log: Log,
  signal: AbortSignal,
  firstReason: string | null,
): Promise<void> {
  let told = firstReason;
  for (;;) {
    await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      await database.migrate(signal);
      log.info(`${database.description} can be reached`);
      return;
    } catch (err) {
      const reason = sqlState(err);
      // It may be there by now, and turn the connection down or fail to migrate, which waiting alone does not mend.
      if (reason !== told) {
        const what = `${database.description} still cannot be used; trying again until it can`;
        log.warn({ err }, `DATABASE_URL: ${what}`);
      }
      told = reason;
    }
  }
}
