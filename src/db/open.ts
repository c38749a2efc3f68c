// The database that the settings name. Only the driver that is used is loaded: each takes its share of a start.

import { type Log } from '../observability/log.js';
import { type Database } from './database.js';

export interface DatabaseSettings {
  /** Null for the embedded database. */
  readonly databaseUrl: string | null;
  /** The most connections held to a server for operations. */
  readonly databasePoolSize: number;
  /** The folder of the embedded database. */
  readonly dataDir: string;
}

/**
 * Opens it; nothing is sent to a server before the first use.
 *
 * @throws FolderInUse when another process has the folder open, FolderUnusable when it cannot be used
 */
export async function openDatabase(settings: DatabaseSettings, log: Log): Promise<Database> {
  const { databaseUrl, databasePoolSize, dataDir } = settings;
  if (databaseUrl === null) {
    const { openPglite } = await import('./pglite/database.js');
    return openPglite(dataDir, log);
  }
  const { openPostgres } = await import('./postgres/database.js');
  return openPostgres(databaseUrl, databasePoolSize, log);
}
