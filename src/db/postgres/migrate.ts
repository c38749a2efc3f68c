// Brings the tables on a server up to date, on a connection of its own. Where nothing is missing it neither writes nor
// locks; else, of several nodes that start at once, one migrates while the others wait.

import { setTimeout as pause } from 'node:timers/promises';

import { sql } from 'drizzle-orm';

import { OperatorError } from '../../common/errors.js';
import { type MigrateOptions, type Transaction } from '../database.js';
import { withTimeout } from '../deadline.js';
import { checkServer, DatabaseUnavailable, explainRefusal, isRefused, isUnavailable } from '../errors.js';
import { missingMigrations, newerMigrations, runMissing } from '../migrations.js';
import { openConnection, type Servers } from './connection.js';

/** The advisory lock that migrations are made under; any number that every node agrees on. */
const migrationLock = 4_876_871;

/** How often a node asks whether another is done migrating, and how long it waits for that answer, in milliseconds. */
const askEveryMs = 200;
const askTimeoutMs = 4_000;

/** How long it waits before the log says so, in milliseconds. */
const reportAfterMs = 5_000;

/** The longest that one statement of a migration may take, in milliseconds. */
const statementTimeoutMs = 600_000;

type Ask = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Runs the missing migrations, if there are any.
 *
 * @throws OperatorError when the server turns the connection down, does not fit, or refuses the migration;
 *   DatabaseUnavailable when it cannot be reached or takes no writes, or the signal came
 */
export async function migrateServer(servers: Servers, options: MigrateOptions = {}): Promise<void> {
  const { description } = servers.target;
  try {
    await migrate(servers, options);
  } catch (error) {
    if (error instanceof OperatorError || error instanceof DatabaseUnavailable) throw error;
    if (isUnavailable(error) && !isRefused(error)) throw new DatabaseUnavailable(error);
    throw explainRefusal(error, description) ?? error;
  }
}

async function migrate(servers: Servers, { signal, onWaiting, onNewer }: MigrateOptions): Promise<void> {
  const { description } = servers.target;
  const bounds = { statementTimeoutMs, idleSeconds: null };
  const connection = await openConnection({ servers, ...bounds, ...(signal && { signal }) });
  signal?.addEventListener('abort', connection.drop, { once: true });
  try {
    checkServer(connection.server, description);
    const { db } = connection;
    /** A connection that does not answer is ended, since a rollback on it would wait as well. */
    const ask: Ask = (work) =>
      withTimeout(askTimeoutMs, ({ onExpired }) => {
        onExpired(connection.drop);
        return work();
      });
    if ((await ask(() => missingMigrations(db))).length === 0) {
      const newer = await ask(() => newerMigrations(db));
      if (newer > 0) onNewer?.(newer);
      return;
    }
    // The lock goes with the transaction: it outlives neither the connection nor a pooler's.
    await db.transaction(async (tx) => {
      await takeLock(tx, ask, (holder) => {
        onWaiting?.(
          `DATABASE_URL: waits for another process that migrates ${description}: the backend with the pid ${holder} ` +
            `holds the lock. Where that process is gone, end it with: select pg_terminate_backend(${holder})`,
        );
      });
      await runMissing(tx);
    });
    const missing = await missingMigrations(db);
    if (missing.length > 0) throw new OperatorError('DATABASE_URL', stillMissing(description, missing));
  } finally {
    signal?.removeEventListener('abort', connection.drop);
    connection.drop();
  }
}

function stillMissing(description: string, missing: readonly { readonly name: string }[]): string {
  const names = missing.map(({ name }) => name).join(', ');
  return `${description} does not record the migrations ${names}, although they ran. Look at hufu.migrations.`;
}

/** Asks again and again instead of waiting in one statement, so that a server that has gone silent is noticed. */
async function takeLock(tx: Transaction, ask: Ask, onWaiting: (holder: string) => void): Promise<void> {
  const begunAt = performance.now();
  let isReported = false;
  for (;;) {
    const [row] = await ask(() =>
      tx
        .select({
          held: sql<boolean>`pg_try_advisory_xact_lock(${migrationLock})`,
          holder: sql<string | null>`(select pid::text from pg_locks
            where locktype = 'advisory' and granted and (classid, objid, objsubid) = (0, ${migrationLock}, 1)
            and database = (select oid from pg_database where datname = current_database()) limit 1)`,
        })
        .from(sql`(select 1) as one`),
    );
    if (row?.held === true) return;
    if (!isReported && performance.now() - begunAt >= reportAfterMs) {
      isReported = true;
      onWaiting(row?.holder ?? 'unknown');
    }
    await pause(askEveryMs);
  }
}
