// PostgreSQL inside this process (PGlite), in a folder. It has one connection, and all work waits its turn.

import { EventEmitter } from 'node:events';
import { chmodSync, existsSync, statSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { PGlite } from '@electric-sql/pglite';
import { dataDir as freshDataDir } from '@electric-sql/pglite-prepopulatedfs';
import { drizzle } from 'drizzle-orm/pglite';

import { OperatorError, systemCode } from '../../common/errors.js';
import { makeFolder } from '../../common/files.js';
import { type Log } from '../../observability/log.js';
import { traced } from '../../observability/tracing.js';
import { DatabaseUnavailable, errorCode } from '../errors.js';
import { type Allowance, withTimeout, eachStep, sharedTime, createOutage } from '../deadline.js';
import { createEmbeddedClock } from '../clock.js';
import { type Database, runTransaction } from '../database.js';
import { type DataDirLock, lockDataDir } from './dataDirLock.js';
import { isMigrated, missingMigrations, newerMigrations, runMissing } from '../migrations.js';
import * as schema from '../schema/index.js';

/** How long the database may take to show that it serves, in milliseconds. */
const readyMs = 4_000;

/** Several pages, PostgreSQL's smallest write to a file. */
const probeBytes = 65_536;

/** SQLSTATEs and codes of a folder that cannot be written to: the disk is full, or the system failed otherwise. */
const folderStates = /^(?:53100|58030|58P01|E[A-Z]+)$/;

/**
 * Opens the embedded database in a folder, which is made when it is not there.
 *
 * @throws {@link OperatorError} when another process has it open, since two would corrupt it; when the folder cannot be
 *   made or written to; when the database in it cannot be opened
 */
export async function openPglite(folder: string, log: Log | null = null): Promise<Database> {
  const home = resolve(folder);
  const lock = await takeFolder(home);
  const pglite = await openFiles(home);
  const db = drizzle(pglite, { schema });
  // No other process can have the folder open, so every message comes from this one.
  const channels = new EventEmitter();
  const clock = createEmbeddedClock(log);
  const description = `embedded PostgreSQL in ${home}`;
  const outage = log && createOutage(description, log, 'DATA_DIR');
  let migrated = false;

  /** Reports a failure of the folder to the operator. */
  const noted = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (folderStates.test(errorCode(error) ?? '')) outage?.failed(error);
      throw error;
    }
  };

  /** Makes the database whose steps each have the time that `allow` gives. */
  const within = (allow: Allowance): Database => ({
    description,
    clock,

    async migrate({ onNewer } = {}) {
      if ((await missingMigrations(db)).length > 0) await db.transaction(runMissing);
      const newer = await newerMigrations(db);
      if (newer > 0) onNewer?.(newer);
      migrated = true;
      clock.follow();
    },

    async ready() {
      if (!migrated || pglite.closed) return false;
      try {
        await tryFolder(home);
        if (!(await withTimeout(readyMs, () => isMigrated(db)))) return 'TABLES_MISSING';
      } catch (error) {
        outage?.failed(error);
        return false;
      }
      outage?.served();
      return true;
    },

    prepare(build) {
      const query = build(db);
      return (values) => noted(allow((ms) => withTimeout(ms, () => query.execute(values))));
    },

    async read(look) {
      return traced('database.read', () => noted(allow((ms) => withTimeout(ms, () => look(db)))));
    },

    async transact(act) {
      const inTime = (ms: number) =>
        withTimeout(ms, ({ expired }) =>
          runTransaction(
            db,
            async (tx) => {
              // It may have waited its turn past its time: the caller has been refused, so the work must not be done.
              if (expired()) throw new DatabaseUnavailable();
              const result = await act(tx);
              if (expired()) throw new DatabaseUnavailable();
              return result;
            },
            false,
          ),
        );
      return traced('database.transact', () => noted(allow(inTime)));
    },

    forTasks: () => within(allow),

    within: (totalMs) => within(sharedTime(totalMs)),

    async notify(channel, text) {
      channels.emit(channel, text);
      return Promise.resolve();
    },

    listen(channel, listener) {
      channels.on(channel, (text: string) => {
        listener.heard(text);
      });
      queueMicrotask(() => {
        listener.listening();
      });
    },

    connections: () => null,

    async close() {
      clock.stop();
      channels.removeAllListeners();
      await pglite.close();
      await lock.release();
    },
  });

  return within(eachStep);
}

/** Fails where nothing can be written: the disk is full, or the folder is read-only, or gone from its place. */
async function tryFolder(home: string): Promise<void> {
  const file = join(home, 'writable');
  await writeFile(file, Buffer.alloc(probeBytes), { mode: 0o600 });
  await rm(file, { force: true });
}

async function takeFolder(home: string): Promise<DataDirLock> {
  try {
    makeFolder(home);
    refuseOpenFolder(home);
    return await lockDataDir(home);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === null) throw cause;
    throw new OperatorError(
      'DATA_DIR',
      `${home} cannot be used (${code}). It must be a folder that this user may write to.`,
      cause,
    );
  }
}

/** Refuses a folder whose files any user of the machine could replace: the key that signs tokens lies there too. */
function refuseOpenFolder(home: string): void {
  if (process.platform === 'win32' || (statSync(home).mode & 0o002) === 0) return;
  throw new OperatorError(
    'DATA_DIR',
    `every user may write to ${home}. Take that right away (chmod o-w), or set another folder.`,
  );
}

async function openFiles(home: string): Promise<PGlite> {
  const files = join(home, 'pg');
  // A copy of an empty database takes 2 s less than making one.
  const isNew = !existsSync(join(files, 'PG_VERSION'));
  try {
    const pglite = await PGlite.create(files, isNew ? { loadDataDir: await freshDataDir() } : {});
    // Behind this folder no file is readable by others, whatever its own mode is.
    chmodSync(files, 0o700);
    return pglite;
  } catch (cause) {
    throw new OperatorError(
      'DATA_DIR',
      `the database in ${home} cannot be opened. Its files are damaged, or of another version: put a copy back, or set ` +
        'another folder.',
      cause,
    );
  }
}
