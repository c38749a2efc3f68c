// A database of a test file's own, on whichever database the project runs on.

import { randomBytes } from 'node:crypto';

import postgres from 'postgres';
import { inject } from 'vitest';

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

/** Makes a database for nodes whose start is not what is tested: on the embedded one, all tables are there already. */
export async function readyDatabase(): Promise<TestDatabase> {
  const database = await freshDatabase();
  if (databaseKind === 'pglite') {
    // Imported here: files on a server need no embedded database.
    const { copyTemplate } = await import('../../src/testing/template.js');
    await copyTemplate(database.env['DATA_DIR'] ?? '');
  }
  return database;
}

/** The embedded database lies in the data folder; with a server, mails that are not sent still do. */
function freshFolder(): TestDatabase {
  return { env: { DATA_DIR: temporaryFolder() } };
}

async function freshOnServer(): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  if (server === null) throw new Error('no PostgreSQL server; the runner should have skipped this file');
  const name = `hufu_test_${randomBytes(8).toString('hex')}`;
  await onServer(server, `create database ${name}`);
  whenFileEnds(() => onServer(server, `drop database if exists ${name} with (force)`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { env: { ...freshFolder().env, DATABASE_URL: url.href } };
}

async function onServer(server: string, statement: string): Promise<void> {
  const sql = postgres(server, { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
