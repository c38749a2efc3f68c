// A database of a test file's own, on whichever database the project runs on.

import { inject } from 'vitest';

import { memoryHome } from './memoryHome.js';
import { makeDatabase } from './makeDatabase.js';
import { temporaryFolder } from './temporaryFolder.js';
import { whenFileEnds } from './whenFileEnds.js';

/** The settings that name a database, for `readConfig`. */
export interface TestDatabase {
  readonly env: Readonly<Record<string, string>>;
}

/** Which database this run is on. Only `postgres` can be shared by several nodes. */
export const databaseKind = inject('database');

/** Makes an empty database without tables; it goes when the test file ends. */
export async function freshDatabase(): Promise<TestDatabase> {
  if (databaseKind === null)
    throw new Error('test/support/projects.ts says that this file needs no database');
  return databaseKind === 'pglite' ? freshFolder() : freshOnServer();
}

/** Makes a database with all tables, for nodes whose start is not what is tested. */
export async function readyDatabase(): Promise<TestDatabase> {
  if (databaseKind === 'postgres') return freshOnServer(inject('postgresTables'));
  const database = await freshDatabase();
  // Imported here: files on a server need no embedded database.
  const { copyTemplate } = await import('../../src/testing/template.js');
  await copyTemplate(database.env['DATA_DIR'] ?? '');
  return database;
}

/** The embedded database lies in the data folder; with a server, mails that are not sent still do. */
function freshFolder(): TestDatabase {
  return { env: { DATA_DIR: temporaryFolder(memoryHome) } };
}

/** @param template the database that is copied; null for an empty one */
async function freshOnServer(template: string | null = null): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  if (server === null) throw new Error('no PostgreSQL server; the runner should have skipped this file');
  const made = await makeDatabase(server, template);
  whenFileEnds(made.drop);
  return { env: { ...freshFolder().env, DATABASE_URL: made.url } };
}
