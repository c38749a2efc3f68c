// Reads DATA_KEY from the settings. An operator's command loads this file without the other parts of a node.

import { type Config } from '../config/index.js';
import { storedSecret } from '../config/localSecret.js';
import { createDataKeys, type Keys } from './keyring.js';

/** The keys that seal secrets in the database; null where the operator has to set one first. */
export function dataKeysOf({
  environment,
  database,
  tokens,
}: Pick<Config, 'environment' | 'database' | 'tokens'>): Keys | null {
  const isLocal = database.url === null && environment !== 'production';
  const dataKey = tokens.dataKey ?? (isLocal ? storedSecret(database.dataDir, 'data-key') : null);
  return dataKey === null ? null : createDataKeys(dataKey, tokens.previousDataKey);
}
