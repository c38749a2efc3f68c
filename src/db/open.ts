// Opens the database that the settings name, and brings its tables up to date when a node starts, or as soon after as it
// can be reached.

import { setTimeout as pause } from 'node:timers/promises';

import { type Config } from '../config/index.js';
import { type Log } from '../observability/log.js';
import { type Database } from './database.js';
import { type Background } from '../common/backgroundTasks.js';
import { DatabaseUnavailable, errorCode } from './errors.js';

/**
 * Opens the database; nothing is sent to a server before the first use.
 *
 * @throws OperatorError when the URL is wrong, or the folder cannot be used or is open in another process
 */
export async function openDatabase(settings: Config['database'], log: Log): Promise<Database> {
  const { url, client, poolSize, dataDir, ...pooling } = settings;
  if (url === null) {
    const { openPglite } = await import('./pglite/database.js');
    return openPglite(dataDir, log);
  }
  const { openPostgres } = await import('./postgres/database.js');
  return openPostgres(client ?? url, poolSize, log, pooling);
}

/** The pause before the next attempt to reach the database, in milliseconds. */
const pauseMs = 1_000;

export interface StartParts {
  readonly database: Database;
  readonly background: Background;
  readonly log: Log;
  /** Ends the attempts when the node stops. */
  readonly signal: AbortSignal;
}

export interface StartedDatabase {
  /** Resolves when the tables are up to date; null when they are. */
  readonly later: Promise<void> | null;
}

/** In an object, since a promise that an async function returns is awaited. */
interface Attempt {
  readonly end: Promise<void>;
}

/**
 * Migrates now. While the database cannot be reached, and while another process holds the lock, it goes on in the
 * background, so that the node can listen.
 *
 * @throws OperatorError when the server turns the connection down or refuses a migration, or the signal's reason
 */
export async function startDatabase(parts: StartParts): Promise<StartedDatabase> {
  const { database, background, log, signal } = parts;
  let underWay: Attempt | null = null;
  let reason: string | null = null;
  try {
    underWay = await migrateOrWait(parts);
    signal.throwIfAborted();
    if (underWay === null) return { later: null };
  } catch (err) {
    signal.throwIfAborted();
    if (!(err instanceof DatabaseUnavailable)) throw err;
    log.warn({ err }, `DATABASE_URL: ${database.description} cannot be reached; trying again until it can`);
    reason = errorCode(err);
  }
  return {
    later: new Promise((resolve) => {
      background.run('migrate the database', async () => {
        if (await keepTrying(parts, underWay, reason)) resolve();
      });
    }),
  };
}

/** Migrates; null when that is done, the attempt where it waits for another process. */
async function migrateOrWait({ database, log, signal }: StartParts): Promise<Attempt | null> {
  let onWaiting: () => void = () => undefined;
  const waits = new Promise<true>((resolve) => {
    onWaiting = () => {
      resolve(true);
    };
  });
  const end = database.migrate({
    signal,
    onWaiting: (what) => {
      log.warn(what);
      onWaiting();
    },
    onNewer: (migrations) => {
      log.warn(
        `${database.description} was migrated by a newer version of Hufu: this one does not know ${String(migrations)} of its migrations`,
      );
    },
  });
  return (await Promise.race([end, waits])) === true ? { end } : null;
}

/**
 * Migrates as soon as that is possible.
 *
 * @param underWay an attempt that waits for another process
 * @param firstReason the cause of the first failure, which the log has named
 * @returns whether the tables are up to date; false when the node stops
 */
async function keepTrying(
  { database, log, signal }: StartParts,
  underWay: Attempt | null,
  firstReason: string | null,
): Promise<boolean> {
  const stopped = () => signal.aborted;
  let attempt = underWay;
  let logged = firstReason;
  for (;;) {
    if (attempt === null) await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    if (stopped()) return false;
    try {
      await (attempt?.end ??
        database.migrate({
          signal,
          onWaiting: (what) => {
            log.warn(what);
          },
        }));
      return true;
    } catch (err) {
      if (stopped()) return false;
      const reason = errorCode(err);
      // The server may answer by now and refuse the connection or a migration, which the operator has to correct.
      if (reason !== logged) {
        const what = `${database.description} still cannot be used; trying again until it can`;
        log.warn({ err }, `DATABASE_URL: ${what}`);
      }
      logged = reason;
    }
    attempt = null;
  }
}
