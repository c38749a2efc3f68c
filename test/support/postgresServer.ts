// Global setup of the `postgres` project: a real PostgreSQL server. TEST_DATABASE_URL names one; else one is started
// from npm's binaries in a temporary folder, and goes when the tests end, however they end.

import { type TestProject } from 'vitest/node';

import { startPostgres } from './postgresProcess.js';
import './provided.js';

/** Nothing outlives the tests, so nothing has to reach the disk. */
const settings = { fsync: 'off', max_connections: '300' };

/** @throws under CI when no server can be started; elsewhere the tests are skipped, and the summary says so */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['TEST_DATABASE_URL'] ?? '';
  if (given !== '') {
    project.provide('postgresUrl', given);
    return undefined;
  }
  try {
    const server = await startPostgres(settings);
    project.provide('postgresUrl', server.url);
    return () => server.stop();
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error;
    console.error('\nNo PostgreSQL server could be started:', error);
    project.provide('postgresUrl', null);
    return undefined;
  }
}
