// Global setup of the `postgres` project: a real PostgreSQL server with one database that has all tables. Tests copy it, which
// spares every node 0.15 s of CPU time. TEST_DATABASE_URL names a server; else npm's binaries run in a temporary folder until
// the tests end, even by a kill.

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

/** @returns a function that drops the database which it has made */
async function provide(project: TestProject, url: string): Promise<() => Promise<void>> {
  const tables = await makeDatabase(url);
  const { migrate, close } = openPostgres(tables.url, 1, createLog('silent', false));
  await migrate();
  await close();
  project.provide('postgresUrl', url);
  project.provide('postgresTables', tables.name);
  return tables.drop;
}
