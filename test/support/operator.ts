// The services with which an operator's commands run, beside the nodes of a test.

import { type OperatorServices } from '../../src/auth/admin.js';
import { readConfig } from '../../src/config/index.js';
import { openPostgres } from '../../src/db/postgres/database.js';
import { createLog } from '../../src/observability/log.js';
import { servicesOver } from '../sessions/harness.js';
import { type TestDatabase } from './database.js';
import { type Env, testSettings } from './settings.js';
import { whenFileEnds } from './whenFileEnds.js';

/** Opens an operator's services over a database on a server; they are closed when the file ends. */
export async function openOperator(database: TestDatabase, env: Env = {}): Promise<OperatorServices> {
  const config = readConfig(testSettings(database, env));
  const opened = openPostgres(config.database.url ?? '', 2, createLog('silent', false));
  await opened.migrate();
  const services = servicesOver(opened, config.session);
  whenFileEnds(async () => {
    await services.background.drained();
    await opened.close();
  });
  return services;
}
