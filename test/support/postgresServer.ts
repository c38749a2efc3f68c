// Global setup of the `postgres` project: a real PostgreSQL server, and a database on it with all tables, to be copied. Making
// the tables takes 0.15 s of the processor's time, which every node of every test would spend. TEST_DATABASE_URL names a
// server; else one is started from npm's binaries in a temporary folder, and goes when the tests end, however they end.

import { type TestProject } from 'vitest/node';

import { openPostgres } from '../../src/db/postgres/database.js';
import { createLog } from '../../src/observability/log.js';

import { startPostgres } from './postgresProcess.js';
import { makeDatabase } from './makeDatabase.js';
import './provided.js';

/** Nothing outlives the tests, so nothing has to reach the disk. */
const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '600' };

/** @throws under CI when no server can be started; elsewhere the tests are skipped, and the summary says so */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['TEST_DATABASE_URL'] ?? '';
  if (given !== '') return provide(project, given);
  try {
    const server = await startPostgres(settings);
    await provide(project, server.url);
    return () => server.stop();
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error;
    console.error('\nNo PostgreSQL server could be started:', error);
    project.provide('postgresUrl', null);
    return undefined;
  }
}

/** @returns drops what it has made on the server */
async function provide(project: TestProject, url: string): Promise<() => Promise<void>> {
  const tables = await makeDatabase(url);
  const { migrate, close } = openPostgres(tables.url, 1, createLog('silent', false));
  await migrate();
  await close();
  project.provide('postgresUrl', url);
  project.provide('postgresTables', tables.name);
  return tables.drop;
}
