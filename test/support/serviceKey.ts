// Makes service accounts in the database of a node, as the operator's command does.

import { readConfig } from '../../src/config/index.js';
import { openDatabase } from '../../src/db/open.js';
import { createServiceAccount } from '../../src/integrations/serviceAccounts.js';
import { type ServiceScope } from '../../src/integrations/serviceKeys.js';
import { createLog } from '../../src/observability/log.js';
import { testSettings } from './settings.js';
import { type RunningNode } from './startNode.js';

/** Makes an account and returns its key. Only a server's database can be opened beside a node. */
export async function serviceKey(
  { database: { env } }: Pick<RunningNode, 'database'>,
  name: string,
  scopes: readonly ServiceScope[],
): Promise<string> {
  const settings = readConfig(testSettings({ env }, {})).database;
  const database = await openDatabase({ ...settings, poolSize: 1 }, createLog('silent', false));
  try {
    await database.migrate();
    const created = await createServiceAccount({ database, clock: database.clock }, name, scopes);
    if (created.kind === 'taken') throw new Error('the name is taken');
    return created.key;
  } finally {
    await database.close();
  }
}
