// Settings of a role or a database that break a node which inherits them.

import { query, type ServerDatabase } from '../faults/serverDatabase.js';

export const hostileSettings: Readonly<Record<string, string>> = {
  datestyle: "'German'",
  intervalstyle: "'sql_standard'",
  timezone: "'Pacific/Chatham'",
  extra_float_digits: '-15',
  bytea_output: "'escape'",
  client_encoding: "'LATIN1'",
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  transform_null_equals: 'on',
  search_path: 'elsewhere',
  row_security: 'off',
  default_transaction_isolation: "'serializable'",
  default_transaction_read_only: 'on',
  default_transaction_deferrable: 'on',
  synchronous_commit: 'off',
  statement_timeout: "'1ms'",
  lock_timeout: "'1ms'",
  idle_session_timeout: "'100ms'",
  idle_in_transaction_session_timeout: "'1ms'",
  plan_cache_mode: "'force_custom_plan'",
};

/** Sets them for the role of the nodes and for their database. */
export async function setHostile(database: ServerDatabase): Promise<void> {
  for (const [name, value] of Object.entries(hostileSettings)) {
    await query(database.adminUrl, `alter role ${database.name} set ${name} = ${value}`);
    await query(database.adminUrl, `alter database ${database.name} set ${name} = ${value}`);
  }
}
