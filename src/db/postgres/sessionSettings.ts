// Everything of a database session that the code relies on. A role, a database and the server's configuration can set
// all of it; what a client sends when it connects wins over them.

/** How long the server waits in a session, in milliseconds. A request has 3 s, one piece of work 4 s. */
const waits = {
  /** The locks of a node that was cut off in a transaction are free after it; no transaction of ours is idle. */
  idleInTransaction: 3_000,
  /** What was sent to a node and not acknowledged for so long ends the session, and with it its locks. */
  unacknowledged: 3_000,
} as const;

/** Parameters of the first packet, which every supported version knows. */
export function startupParameters(statementTimeoutMs: number): Readonly<Record<string, string>> {
  return {
    // How values are written and read.
    client_encoding: 'UTF8',
    DateStyle: 'ISO, MDY',
    IntervalStyle: 'postgres',
    TimeZone: 'UTC',
    extra_float_digits: '1',
    bytea_output: 'hex',
    standard_conforming_strings: 'on',
    array_nulls: 'on',
    transform_null_equals: 'off',
    // What is found. Every statement of ours names its schema; the tables of a clone may be in `public`.
    search_path: 'public',
    row_security: 'on',
    // What a transaction sees and may do.
    default_transaction_isolation: 'read committed',
    default_transaction_read_only: 'off',
    default_transaction_deferrable: 'off',
    synchronous_commit: 'on',
    // How long it may take.
    statement_timeout: String(statementTimeoutMs),
    lock_timeout: '0',
    idle_session_timeout: '0',
    idle_in_transaction_session_timeout: String(waits.idleInTransaction),
    tcp_keepalives_idle: '5',
    tcp_keepalives_interval: '1',
    tcp_keepalives_count: '3',
    tcp_user_timeout: String(waits.unacknowledged),
    // How statements are planned.
    plan_cache_mode: 'auto',
  };
}

/** What a server says of itself in a session. */
export interface ServerState {
  /** Whether it only replays what another writes. */
  readonly standby: boolean;
  readonly readOnly: boolean;
  /** Such as 170002. */
  readonly version: number;
  readonly encoding: string;
}

/** The first statement of a session: asks for {@link ServerState}, and sets what only newer versions have. */
export const firstStatement = `select
  pg_catalog.pg_is_in_recovery() as standby,
  pg_catalog.current_setting('transaction_read_only') = 'on' as "readOnly",
  pg_catalog.current_setting('server_version_num')::int as version,
  pg_catalog.current_setting('server_encoding') as encoding,
  case when pg_catalog.current_setting('transaction_timeout', true) is not null
    then pg_catalog.set_config('transaction_timeout', '0', false) end as transaction_timeout`;
