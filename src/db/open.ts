// The database that the settings name. Only the driver that is used is loaded: each takes its share of a start.

import { type Config } from '../config/index.js';
import { type Log } from '../observability/log.js';
import { type Database } from './database.js';

/**
 * Opens it; nothing is sent to a server before the first use.
 *
 * @throws FolderInUse when another process has the folder open, FolderUnusable when it cannot be used
 */
export async function openDatabase(settings: Config['database'], log: Log): Promise<Database> {
  const { url, poolSize, dataDir } = settings;
  if (url === null) {
    const { openPglite } = await import('./pglite/database.js');
    return openPglite(dataDir, log);
  }
  const { openPostgres } = await import('./postgres/database.js');
  return openPostgres(url, poolSize, log);
}
