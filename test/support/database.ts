// Databases for one test file, of the kind that the project runs on: a PostgreSQL server or the embedded one.

import { inject } from 'vitest';

import { ramDisk } from './ramDisk.js';
import { makeDatabase } from './makeDatabase.js';
import { temporaryFolder } from './temporaryFolder.js';
import { whenFileEnds } from './whenFileEnds.js';

/** The settings that name a database, for `readConfig`. */
export interface TestDatabase {
  readonly env: Readonly<Record<string, string>>;
}

/** The kind of database of this run. Several nodes can share only `postgres`. */
export const databaseKind = inject('database');

/** Makes a database without tables; it is dropped when the test file ends. */
export async function freshDatabase(): Promise<TestDatabase> {
  if (databaseKind === null)
    throw new Error('test/support/projects.ts says that this file needs no database');
  return databaseKind === 'pglite' ? freshFolder() : freshOnServer();
}

/** Makes a database with all tables, which spares a node its migrations. */
export async function readyDatabase(): Promise<TestDatabase> {
  if (databaseKind === 'postgres') return freshOnServer(inject('postgresTables'));
  const database = await freshDatabase();
  // Imported here: files on a server need no embedded database.
  const { copyTemplate } = await import('../../src/testing/template.js');
  await copyTemplate(database.env['DATA_DIR'] ?? '');
  return database;
}

/** The data folder holds the embedded database and, where no SMTP server is set, the mails. */
function freshFolder(): TestDatabase {
  return { env: { DATA_DIR: temporaryFolder(ramDisk) } };
}

/** @param template the database that is copied; null for an empty one */
async function freshOnServer(template: string | null = null): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  if (server === null) throw new Error('no PostgreSQL server; the runner should have skipped this file');
  const made = await makeDatabase(server, template);
  whenFileEnds(made.drop);
  return { env: { ...freshFolder().env, DATABASE_URL: made.url } };
}
