// Brings the database up when a node starts, or as soon after as it can be reached.

import { setTimeout as pause } from 'node:timers/promises';

import { type Background } from '../background.js';
import { type Log } from '../log.js';
import { type Database } from './database.js';
import { DatabaseUnavailable, isRefused } from './unavailable.js';

/** How long to wait before a database that could not be reached is tried again, in milliseconds. */
const pauseMs = 1_000;

/** The server is there, but turns the connection down; waiting does not mend that. */
export class DatabaseRefused extends Error {
  override readonly name = 'DatabaseRefused';

  constructor(description: string) {
    super(
      `DATABASE_URL: ${description} turns the connection down. Check the user, the password and that the database exists.`,
    );
  }
}

/**
 * Migrates now, or, while the database cannot be reached, in the background until it can.
 *
 * @param signal ends the attempts when the node stops
 * @throws {@link DatabaseRefused} when the server turns the connection down; any error of a migration itself
 */
export async function startDatabase(
  database: Database,
  background: Background,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  try {
    await database.migrate();
  } catch (err) {
    if (isRefused(err)) throw new DatabaseRefused(database.description);
    if (!(err instanceof DatabaseUnavailable)) throw err;
    log.warn({ err }, `DATABASE_URL: ${database.description} cannot be reached; trying again until it can`);
    background.run('migrate the database', () => keepTrying(database, log, signal));
  }
}

async function keepTrying(database: Database, log: Log, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(pauseMs, undefined, { ref: false });
    try {
      await database.migrate();
      log.info(`${database.description} can be reached`);
      return;
    } catch (err) {
      log.debug({ err }, 'the database cannot be reached yet');
    }
  }
}
