// Brings the tables on a server up to date, on a connection of its own; of several nodes that start at once, one
// does it while the others wait.

import { setTimeout as pause } from 'node:timers/promises';

import { sql } from 'drizzle-orm';
import { migrate } from 'drizzle-orm/postgres-js/migrator';

import { bounded } from '../deadline.js';
import { type Connection, openConnection } from './connection.js';
import { migrations } from '../migrations.js';
import { DatabaseUnavailable, isUnavailable } from '../errors.js';

/** The advisory lock that migrations are made under; any number that every node agrees on. */
const migrationLock = 4_876_871;

/** How often a node asks whether another is done migrating, and how long it waits for that answer, in milliseconds. */
const askEveryMs = 200;
const askTimeoutMs = 4_000;

/** The longest that one statement of a migration may take, in milliseconds. */
const statementTimeoutMs = 600_000;

/**
 * Migrates. Drizzle takes no lock: of several nodes that start at once, some would fail.
 *
 * @param signal ends it at once; what was not committed never will be
 * @throws DatabaseUnavailable when the server cannot be reached, or turns the connection down, or the signal came
 */
export async function migrateServer(url: string, signal?: AbortSignal): Promise<void> {
  const connection = openConnection({ url, statementTimeoutMs, idleSeconds: null });
  signal?.addEventListener('abort', connection.drop, { once: true });
  try {
    // Asking again and again instead of waiting in one statement notices a server that has gone silent.
    while (!(await tryLock(connection))) await pause(askEveryMs);
    await migrate(connection.db, migrations);
  } catch (error) {
    throw isUnavailable(error) ? new DatabaseUnavailable(error) : error;
  } finally {
    signal?.removeEventListener('abort', connection.drop);
    connection.drop();
  }
}

async function tryLock({ db }: Connection): Promise<boolean> {
  const [row] = await bounded(askTimeoutMs, () =>
    db.execute<{ held: boolean }>(sql`select pg_try_advisory_lock(${migrationLock}) as held`),
  );
  return row?.held === true;
}
